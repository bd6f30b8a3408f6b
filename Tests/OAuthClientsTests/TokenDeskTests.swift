import Crypto
import Delegation
import Identity
import JOSE
import OAuthClients
import Policy
import StrictCoding
import TestSupport
import Testing

/// One request to an authorization server, as it is sent and as its answer is taken.
@Suite(.timeLimit(.minutes(1))) struct TokenDeskTests {
    @Test func aUsersTokenIsExchanged() async throws {
        let world = try TokenWorld()
        let token = try world.token()
        world.grants(token)
        #expect(await world.outcome(world.exchange()) == .success(token))
        #expect(
            world.sent == [
                TokenWorld.Sent(
                    url: "http://127.0.0.1:9000/token",
                    fields: ["content-type: application/x-www-form-urlencoded", "accept: application/json"],
                    body: "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
                        + "&subject_token=subject-canary-7f3a"
                        + "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                        + "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                        + "&audience=orders-api&scope=orders%3Aread"
                        + "&client_id=gateway&client_secret=client-canary-7f3a")
            ])
        #expect(world.fetched == [])
        #expect(world.reported == [])
    }

    @Test func theGatewaysOwnTokenIsAskedFor() async throws {
        let world = try TokenWorld([TokenWorld.client(authentication: .secretBasic(TokenWorld.secret))])
        world.answers(.body(#"{"access_token":"opaque","token_type":"bearer","expires_in":60}"#))
        #expect(await world.outcome(world.own()) == .success("opaque"))
        #expect(world.sent.map(\.body) == ["grant_type=client_credentials&scope=geo%3Aread"])
        #expect(world.sent[0].fields.last?.hasPrefix("authorization: Basic ") == true)
    }

    // MARK: - What speaks for whom

    private func claims(_ token: String?, signedBy key: SigningKey, kid: ByteString) throws -> JSONValue {
        let token = try #require(token)
        let keys = KeySet([try JSONWebKey(key, kid: kid)])
        return try UnverifiedJWS(compact: Array(token.utf8)).verify(with: keys, allowing: [.es256]).payload.root
    }

    @Test func assertionsAreForTheServerAloneAndNewEachTime() async throws {
        let world = try TokenWorld([TokenWorld.client(authentication: .privateKeyJWT(TokenWorld.key))])
        world.grants(try world.token())
        var seen: Set<ByteString> = []
        for _ in 0..<2 {
            _ = await world.outcome(world.exchange(subject: .assertion, actor: .client, sealedFor: nil))
            let parameters = try #require(world.sent.last).parameters
            let statements = [
                try claims(parameters["subject_token"], signedBy: world.signer.key, kid: "kid-a"),
                try claims(parameters["actor_token"], signedBy: world.signer.key, kid: "kid-a"),
                try claims(
                    parameters["client_assertion"], signedBy: world.clientKey, kid: world.clientKey.thumbprint),
            ]
            #expect(statements.map { $0["sub"]?.text } == ["alice", "agent_456", "gateway"])
            #expect(statements.allSatisfy { $0["aud"]?.text == ByteString(TokenWorld.issuerURL) })
            #expect(
                statements.map { $0["iss"]?.text }
                    == ["https://gw.example/assertion", "https://gw.example/assertion", "gateway"])
            for statement in statements {
                let life = try #require(statement["exp"]?.integer) - (try #require(statement["iat"]?.integer))
                #expect(life == 60)
                #expect(seen.insert(try #require(statement["jti"]?.text)).inserted)
            }
        }
    }

    /// A token that was sealed for another transaction, or is not there any more: nobody is asked.
    @Test(arguments: [nil, "01KAKQ3Z7KA1B2C3D4E5F6G7H9" as ByteString])
    func aTokenThatIsGoneIsNotExchanged(sealedFor: ByteString?) async throws {
        let world = try TokenWorld()
        #expect(
            await world.outcome(world.exchange(sealedFor: sealedFor)) == .failure(.rejected(.subjectGone)))
        #expect(world.sent == [])
        #expect(world.reported.map(\.reason) == ["the user's token is no longer there"])
    }

    @Test func nothingIsAskedAfterTheUsersOwnToken() async throws {
        let world = try TokenWorld()
        let request = world.exchange()
        world.advance(3_600_000)
        #expect(await world.outcome(request) == .failure(.rejected(.expired)))
        #expect(world.sent == [])
    }

    // MARK: - Servers on bad days

    struct BadDay: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reply: @Sendable (TokenWorld) throws -> TokenWorld.Reply
        let fault: CredentialFault
        let reason: String

        init(
            _ name: String, _ fault: CredentialFault, _ reason: String,
            _ reply: @escaping @Sendable (TokenWorld) throws -> TokenWorld.Reply
        ) {
            (testDescription, self.reply, self.fault, self.reason) = (name, reply, fault, reason)
        }

        /// A token that is not what was asked for.
        static func token(
            _ name: String, _ flaw: AnswerFlaw, _ change: @escaping @Sendable (Claims) -> Claims
        ) -> BadDay {
            BadDay(name, .rejected(flaw), "the token is not what was asked for") { world in
                .body(
                    #"{"access_token":"\#(try world.token(change))","token_type":"Bearer","expires_in":300,"#
                        + #""issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}"#)
            }
        }
    }

    static let badDays: [BadDay] = [
        BadDay("down", .unavailable(retryAfterSeconds: 5), "the token endpoint: connect_failed") { _ in
            .outcome(.failed("connect_failed"))
        },
        BadDay("huge", .rejected(.tooLarge), "the token endpoint: the answer is too large") { _ in
            .outcome(.tooLarge)
        },
        BadDay("huge within its bytes", .rejected(.tooLarge), "the token endpoint: HTTP status 200") { _ in
            .body(#"{"x":"\#(String(repeating: "x", count: 65_536))"}"#)
        },
        BadDay("redirecting", .rejected(.redirect), "the token endpoint: HTTP status 302") { _ in
            .body("", status: 302, type: "text/html")
        },
        BadDay("a page", .rejected(.notJSON), "the token endpoint: HTTP status 200") { _ in
            .body("<!doctype html><title>Sign in</title>", type: "text/html")
        },
        BadDay("busy", .unavailable(retryAfterSeconds: 5), "the token endpoint: HTTP status 429") { _ in
            .body("", status: 429)
        },
        BadDay(
            "busy until then", .unavailable(retryAfterSeconds: 30, isServersWord: true),
            "the token endpoint: HTTP status 429"
        ) { _ in
            .body("", status: 429, retryAfter: "30")
        },
        BadDay(
            "refusing", .subjectRejected, "the token endpoint: HTTP status 400, error invalid_grant (65001)"
        ) { _ in
            .body(#"{"error":"invalid_grant","error_codes":[65001],"error_description":"no"}"#, status: 400)
        },
        BadDay("not to be sent", .rejected(.tokenType), "the token endpoint: HTTP status 200") { world in
            .body(#"{"access_token":"\#(try world.token())","token_type":"N_A"}"#)
        },
        BadDay("two tokens", .rejected(.notJSON), "the token endpoint: HTTP status 200") { world in
            .body(#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#)
        },
        BadDay("opaque", .rejected(.unverifiable), "the token is not what was asked for") { _ in
            .body(
                #"{"access_token":"opaque","token_type":"Bearer","#
                    + #""issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}"#)
        },
        .token("a wider scope", .scopeWider) { $0.with("scope", "orders:read admin") },
        .token("another user", .wrongSubject) { $0.with("sub", "bob") },
        .token("another API", .wrongAudience) { $0.with("aud", "billing-api") },
        .token("no API", .audienceMissing) { $0.without("aud") },
        .token("another issuer", .wrongIssuer) { $0.with("iss", "http://127.0.0.1:9001") },
        .token("over", .expired) { $0.with("exp", .integer(TestPolicy.now)) },
    ]

    @Test(arguments: badDays) func aServerOnABadDayGivesNoToken(day: BadDay) async throws {
        let world = try TokenWorld()
        world.answers(try day.reply(world))
        #expect(await world.outcome(world.exchange()) == .failure(day.fault))
        #expect(world.sent.count == 1, "one question, whatever comes of it")
        #expect(
            world.reported == [TokenDeskReport(client: "gw", issuer: "as", fault: day.fault, reason: day.reason)])
    }

    @Test func aSlowServerIsGivenUp() async throws {
        let world = try TokenWorld()
        world.grants(try world.token())
        world.web.hold()
        world.loseAllPatience()
        #expect(await world.outcome(world.exchange()) == .failure(.unavailable(retryAfterSeconds: 5)))
        #expect(world.reported.map(\.reason) == ["no whole answer within 10 seconds"])
        world.web.release()
    }

    @Test func slowMetadataIsGivenUp() async throws {
        let world = try TokenWorld([TokenWorld.client(tokenEndpoint: nil)])
        world.web.hold()
        world.loseAllPatience()
        #expect(await world.outcome(world.exchange()) == .failure(.unavailable(retryAfterSeconds: 5)))
        #expect(world.sent == [])
        world.web.release()
    }

    /// Others may wait for the same token.
    @Test func whoLeavesDoesNotTakeTheAnswerAlong() async throws {
        let world = try TokenWorld()
        let token = try world.token()
        world.grants(token)
        world.web.hold()
        let asking = Task { await world.outcome(world.exchange()) }
        await world.web.waitUntilAsked(1)
        asking.cancel()
        world.web.release()
        #expect(await asking.value == .success(token))
    }

    // MARK: - Keys

    @Test func anUnknownKeyIsLookedForOnce() async throws {
        let world = try TokenWorld()
        let rotated = try TestIssuer(TokenWorld.issuerURL, keyID: "k2")
        let token = try world.token(by: rotated)
        world.grants(token)
        #expect(await world.outcome(world.exchange()) == .failure(.rejected(.unverifiable)))
        #expect(world.keyQuestions == [false, true])
        try world.publish(newer: rotated)
        #expect(await world.outcome(world.exchange()) == .success(token))
        #expect(world.keyQuestions == [false, true, false, true])
        #expect(world.sent.count == 2, "the token endpoint is not asked again")
    }

    @Test func aKnownKeyIsNotLookedFor() async throws {
        let world = try TokenWorld()
        world.grants(try world.token())
        _ = await world.outcome(world.exchange())
        let forger = try TestIssuer(TokenWorld.issuerURL, keyID: "k1")
        world.grants(try world.token(by: forger))
        #expect(await world.outcome(world.exchange()) == .failure(.rejected(.badSignature)))
        #expect(world.keyQuestions == [false, false])
    }

    // MARK: - Introspection

    private static let active =
        #"{"active":true,"sub":"alice","aud":"orders-api","scope":"orders:read","exp":\#(TestPolicy.now + 60)}"#

    @Test func theIssuerIsAskedWhatItsTokenIs() async throws {
        let world = try TokenWorld([TokenWorld.client(introspectionEndpoint: TokenWorld.introspectionURL)])
        world.grants("opaque")
        world.answers(.body(Self.active), at: TokenWorld.introspectionURL)
        #expect(await world.outcome(world.exchange(verification: .introspection)) == .success("opaque"))
        #expect(world.sent.map(\.url) == [TokenWorld.tokenURL, TokenWorld.introspectionURL])
        #expect(
            world.sent[1].body
                == "token=opaque&token_type_hint=access_token&client_id=gateway&client_secret=client-canary-7f3a")
        #expect(world.fetched == [])
    }

    @Test(arguments: [
        (#"{"active":false}"#, 200, CredentialFault.rejected(.inactive), "HTTP status 200"),
        (#"{"active":true}"#, 200, .rejected(.audienceMissing), "HTTP status 200"),
        (#"{"active":true,"sub":"bob","aud":"orders-api"}"#, 200, .rejected(.wrongSubject), "HTTP status 200"),
        ("", 503, .unavailable(retryAfterSeconds: 5), "HTTP status 503"),
        (
            #"{"error":"invalid_client"}"#, 401, .misconfigured("invalid_client"),
            "HTTP status 401, error invalid_client"
        ),
    ])
    func whatTheIssuerSaysCounts(body: String, status: Int, fault: CredentialFault, reason: String) async throws {
        let world = try TokenWorld([TokenWorld.client(introspectionEndpoint: TokenWorld.introspectionURL)])
        world.grants("opaque")
        world.answers(.body(body, status: status), at: TokenWorld.introspectionURL)
        #expect(await world.outcome(world.exchange(verification: .introspection)) == .failure(fault))
        #expect(world.reported.map(\.reason) == ["the introspection endpoint: \(reason)"])
    }
}
