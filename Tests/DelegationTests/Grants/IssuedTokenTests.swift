import Delegation
import Identity
import JOSE
import Policy
import StrictCoding
import TestSupport
import Testing

/// What a token may be once somebody looks into it, by the way in which it is verified.
@Suite struct IssuedTokenTests {
    typealias Verification = TokenExchange.Verification

    /// One change to a token in good order.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let claim: String
        let value: JSONText?
        /// Under `token`; the same under `fixed_audience` unless said otherwise.
        let flaw: AnswerFlaw?
        let fixed: AnswerFlaw?

        init(_ name: String, _ claim: String, _ value: JSONText?, _ flaw: AnswerFlaw?, fixed: AnswerFlaw?? = .none) {
            testDescription = name
            (self.claim, self.value, self.flaw, self.fixed) = (claim, value, flaw, fixed ?? flaw)
        }

        func claims(_ good: Claims) -> Claims {
            if let value { good.with(claim, value) } else { good.without(claim) }
        }
    }

    static let rows: [Row] = [
        Row("in good order", "jti", "t-2", nil),
        Row("of another issuer", "iss", "https://as.example/", .wrongIssuer),
        Row("of no issuer", "iss", nil, .wrongIssuer),
        Row("of an issuer that is no text", "iss", 7, .wrongIssuer),
        Row("for another API", "aud", "billing-api", .wrongAudience),
        Row("for a longer name", "aud", "orders-api/", .wrongAudience),
        Row("for several APIs, ours among them", "aud", ["billing-api", "orders-api"], nil),
        Row("for several APIs, ours not among them", "aud", ["billing-api"], .wrongAudience),
        Row("for no API", "aud", [], .wrongAudience),
        Row("without an API", "aud", nil, .audienceMissing, fixed: .some(nil)),
        Row("for a number", "aud", 7, .wrongAudience),
        Row("for an array of numbers", "aud", [7], .wrongAudience),
        Row("for another user", "sub", "bob", .wrongSubject),
        Row("for a user that looks the same", "sub", "alicе", .wrongSubject),
        Row("for nobody", "sub", nil, .wrongSubject, fixed: .some(nil)),
        Row("for a number", "sub", 7, .wrongSubject),
        Row("of a narrower scope", "scope", "orders:read", nil),
        Row("of a wider scope", "scope", "orders:read admin", .scopeWider),
        Row("of a wider scope in an array", "scope", ["orders:read", "admin"], .scopeWider),
        Row("of no scope", "scope", nil, nil),
        Row("of an empty scope", "scope", "", .scopeWider),
        Row("expired", "exp", .integer(TestPolicy.now), .expired),
        Row("expiring", "exp", .integer(TestPolicy.now + 1), nil),
        Row("without an end", "exp", nil, .expired),
        Row("with an end in words", "exp", "tomorrow", .expired),
        Row("with an end beyond numbers", "exp", .raw("1e400"), .expired),
        Row("not yet good", "nbf", .integer(TestPolicy.now + 31), .inactive),
        Row("good within the clocks' difference", "nbf", .integer(TestPolicy.now + 30), nil),
        Row("bound to a key", "cnf", .object([("jkt", "x")]), .tokenType),
        Row("with an actor that is no object", "act", "gateway", .actorMissing),
        Row("with an actor without a name", "act", .object([]), .actorMissing),
        Row("without an actor", "act", nil, nil),
        Row("an ID token by its claim", "typ", "ID", .issuedTokenType),
        Row("a refresh token by its claim", "typ", "Refresh", .issuedTokenType),
        Row("a bearer token by its claim", "typ", "Bearer", nil),
        Row("an event", "events", .object([]), .issuedTokenType),
    ]

    private func answer(_ token: String) -> EndpointAnswer {
        GrantSample.answer(GrantSample.granted(token).without("scope"))
    }

    private func flaw(_ result: Result<String, CredentialFault>) -> CredentialFault? {
        guard case .failure(let fault) = result else { return nil }
        return fault
    }

    @Test(arguments: rows, [Verification.token, .fixedAudience])
    func aJWTMustHoldInEveryRespect(row: Row, verification: Verification) throws {
        let judge = try TokenJudge()
        let token = try judge.server.token(row.claims(judge.server.claims))
        let result = judge.outcome(
            answer(token), for: GrantSample.request(GrantSample.exchange(verification: verification)))
        let expected = verification == .token ? row.flaw : row.fixed
        #expect(flaw(result) == expected.map { .rejected($0) })
    }

    /// Under introspection what the token says itself must hold too; then the issuer is asked.
    @Test(arguments: rows) func aJWTMayNotContradictWhatWillBeAsked(row: Row) throws {
        let judge = try TokenJudge()
        let token = try judge.server.token(row.claims(judge.server.claims))
        let result = judge.outcome(
            answer(token), for: GrantSample.request(GrantSample.exchange(verification: .introspection)))
        let isOnlyAbsent = row.value == nil && ["aud", "sub"].contains(row.claim)
        if let flaw = row.flaw, !isOnlyAbsent {
            #expect(result == .failure(.rejected(flaw)))
        } else {
            #expect(result == .success("asks the issuer"))
        }
    }

    @Test(arguments: [
        // Narrower than asked for: what the token says counts.
        ("orders:read", Int64(600), "[orders:read] for orders-api until +300"),
        ("orders:read orders:write", 120, "[orders:read orders:write] for orders-api until +120"),
        ("orders:read orders:write", 6_000, "[orders:read orders:write] for orders-api until +300"),
    ])
    func theCredentialIsAsGoodAsTheTokenSays(scope: String, life: Int64, summary: String) throws {
        let judge = try TokenJudge()
        let token = try judge.server.token(
            judge.server.claims.with("scope", .string(scope)).with("exp", .integer(TestPolicy.now + life)))
        #expect(
            judge.outcome(answer(token), for: GrantSample.request(GrantSample.exchange()))
                == .success("\(token) \(summary)"))
    }

    @Test(arguments: [Verification.token, .introspection, .fixedAudience], [true, false])
    func anActorIsThereWhereOneIsRequired(verification: Verification, isThere: Bool) throws {
        let judge = try TokenJudge()
        let claims = isThere ? judge.server.claims : judge.server.claims.without("act")
        let token = try judge.server.token(claims)
        let request = GrantSample.request(GrantSample.exchange(requireAct: true, verification: verification))
        let result = judge.outcome(
            answer(token), for: request, introspection: GrantSample.answer(#"{"active":true,"token_type":"Bearer"}"#))
        #expect(flaw(result) == (isThere ? nil : .rejected(.actorMissing)))
    }

    @Test func anOpaqueTokenShowsNoActor() throws {
        let request = GrantSample.request(GrantSample.exchange(requireAct: true, verification: .fixedAudience))
        #expect(
            try TokenJudge().outcome(answer("opaque"), for: request) == .failure(.rejected(.actorMissing)))
    }

    // MARK: - Which token, signed by whom

    @Test(
        arguments: [
            (JSONText.string("JWT"), nil), ("at+jwt", nil), ("application/AT+JWT", nil), (nil, nil),
            ("id+jwt", AnswerFlaw.issuedTokenType), ("txntoken+jwt", .issuedTokenType),
            ("oauth-id-jag+jwt", .issuedTokenType), ("logout+jwt", .issuedTokenType),
        ] as [(JSONText?, AnswerFlaw?)])
    func onlyAccessTokensAreAccessTokens(type: JSONText?, expected: AnswerFlaw?) throws {
        let judge = try TokenJudge()
        let members: [(String, JSONText)] = [("alg", "ES256"), ("kid", "k1")] + (type.map { [("typ", $0)] } ?? [])
        let token = try judge.server.token(judge.server.claims, header: .object(members))
        let result = judge.outcome(answer(token), for: GrantSample.request(GrantSample.exchange()))
        #expect(flaw(result) == expected.map { .rejected($0) })
    }

    @Test func aStrictProfileTakesNothingElse() throws {
        let judge = try TokenJudge(", profile: rfc9068")
        for (type, expected) in [("at+jwt", nil), ("JWT", AnswerFlaw.issuedTokenType)] {
            let token = try judge.server.token(
                judge.server.claims, header: judge.server.issuer.header(type: .string(type)))
            let result = judge.outcome(answer(token), for: GrantSample.request(GrantSample.exchange()))
            #expect(flaw(result) == expected.map { .rejected($0) })
        }
    }

    @Test func anIDTokenInTheAccessTokensPlaceIsSeen() throws {
        let judge = try TokenJudge()
        let claims = judge.server.claims.without("scope").with("nonce", "n-1")
        let token = try judge.server.token(claims, header: judge.server.issuer.header(type: "JWT"))
        #expect(
            judge.outcome(answer(token), for: GrantSample.request(GrantSample.exchange()))
                == .failure(.rejected(.issuedTokenType)))
    }

    @Test(arguments: [
        (Verification.token, AnswerFlaw.badSignature), (.introspection, .badSignature), (.fixedAudience, .badSignature),
    ])
    func aSignatureThatDoesNotHoldIsSeen(verification: Verification, expected: AnswerFlaw) throws {
        let judge = try TokenJudge()
        let forger = try TestIssuer(GrantSample.issuer.string, keyID: "k1")
        let token = String(decoding: try forger.token(judge.server.claims), as: UTF8.self)
        let request = GrantSample.request(GrantSample.exchange(verification: verification))
        #expect(judge.outcome(answer(token), for: request) == .failure(.rejected(expected)))
    }

    @Test(arguments: [
        (Verification.token, Result<String, CredentialFault>.failure(.rejected(.unverifiable))),
        (.introspection, .success("asks the issuer")), (.fixedAudience, .failure(.rejected(.unverifiable))),
    ])
    func aKeyThatNobodyPublishedVerifiesNothing(
        verification: Verification, expected: Result<String, CredentialFault>
    ) throws {
        let judge = try TokenJudge()
        let stranger = try TestIssuer(GrantSample.issuer.string, keyID: "k9")
        let token = String(decoding: try stranger.token(judge.server.claims), as: UTF8.self)
        let request = GrantSample.request(GrantSample.exchange(verification: verification))
        #expect(judge.outcome(answer(token), for: request) == expected)
        // Before the last word, newer keys are asked for.
        var issued = try TokenAnswer.issued(by: answer(token), for: request, now: GrantSample.now)
        let step = try issued.judged(
            issuer: judge.issuer, keys: judge.server.keys, isLastWord: false, now: GrantSample.now)
        switch (verification, step) {
        case (.introspection, .introspect), (.token, .keysNeeded), (.fixedAudience, .keysNeeded): break
        default: Issue.record("\(step)")
        }
    }

    @Test func withoutTheIssuersKeysNothingCanBeSaidNow() throws {
        let judge = try TokenJudge()
        let token = try judge.server.token(judge.server.claims)
        #expect(
            judge.outcome(answer(token), for: GrantSample.request(GrantSample.exchange()), keys: .some(nil))
                == .failure(.unavailable(retryAfterSeconds: 5)))
    }

    @Test func anAlgorithmThatThePolicyForbidsVerifiesNothing() throws {
        let judge = try TokenJudge(", algorithms: [RS256]")
        let token = try judge.server.token(judge.server.claims)
        #expect(
            judge.outcome(answer(token), for: GrantSample.request(GrantSample.exchange()))
                == .failure(.rejected(.badSignature)))
    }

    /// Unsigned, HMAC, encrypted, marked by Entra as its own, and no JWT at all.
    @Test(arguments: [
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyb290In0.AAAA", "a.b.c.d.e",
        "a.b", "opaque", "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIiwibm9uY2UiOiJuIn0.eyJzdWIiOiJyb290In0.AAAA",
    ])
    func whatNobodyCanVerifyIsOpaque(token: String) throws {
        let judge = try TokenJudge()
        for (verification, expected) in [
            (Verification.token, Result<String, CredentialFault>.failure(.rejected(.unverifiable))),
            (.introspection, .success("asks the issuer")),
            (.fixedAudience, .success("\(token) [orders:read orders:write] for orders-api until +300")),
        ] {
            let request = GrantSample.request(GrantSample.exchange(verification: verification))
            #expect(judge.outcome(answer(token), for: request) == expected)
        }
    }

    @Test func aTokenForNobodyInParticularIsNeverVerified() throws {
        let judge = try TokenJudge()
        let request = GrantSample.request(GrantSample.exchange(audience: nil))
        let token = try judge.server.token(judge.server.claims)
        #expect(judge.outcome(answer(token), for: request) == .failure(.rejected(.audienceMissing)))
    }

    @Test func theResourceIsAsGoodAsTheAudience() throws {
        let judge = try TokenJudge()
        let request = GrantSample.request(GrantSample.exchange(resource: "https://orders.example"))
        let token = try judge.server.token(judge.server.claims.with("aud", "https://orders.example"))
        #expect(flaw(judge.outcome(answer(token), for: request)) == nil)
    }

    // MARK: - Claims by other names

    @Test func thePolicySaysWhichClaimsCount() throws {
        let judge = try TokenJudge(", subject: oid, scopes: permissions")
        let claims = judge.server.claims.with("sub", "pairwise-for-this-api").with("oid", "alice")
            .with("permissions", ["orders:read"]).with("scope", "admin")
        let token = try judge.server.token(claims)
        #expect(
            judge.outcome(answer(token), for: GrantSample.request(GrantSample.exchange()))
                == .success("\(token) [orders:read] for orders-api until +300"))
        let other = try judge.server.token(claims.with("oid", "bob"))
        #expect(
            judge.outcome(answer(other), for: GrantSample.request(GrantSample.exchange()))
                == .failure(.rejected(.wrongSubject)))
    }

    @Test(
        arguments: [
            (["api://orders/User.Read"], "user.read", true), (["api://orders/User.Read"], "User.Read", true),
            (["api://orders/User.Read"], "api://orders/User.Read", true),
            (["api://orders/User.Read"], "api://other/User.Read", false),
            (["api://orders/User.Read"], "User.ReadWrite", false), (["api://orders/User.Read"], "Read", false),
            (["api://orders/.default"], "User.Read User.Write openid", true),
            (["api://orders/.default"], "api://orders/User.Read", true),
            (["api://orders/.default"], "api://other/User.Read", false), (["User.Read"], "user.read", true),
            (["User.Read"], "api://orders/User.Read", false),
        ] as [([String], String, Bool)])
    func entraNamesPermissionsWithoutTheirAPI(asked: [String], given: String, isCovered: Bool) throws {
        let judge = try TokenJudge(", subject: oid")
        let claims = judge.server.claims.without("scope").with("oid", "alice").with("scp", .string(given))
        let grant = GrantSample.exchange(flavor: .entraOBO, scopes: asked.map { ByteString($0) })
        let result = judge.outcome(answer(try judge.server.token(claims)), for: GrantSample.request(grant))
        #expect(flaw(result) == (isCovered ? nil : .rejected(.scopeWider)))
    }

    // MARK: - The gateway's own account

    @Test func whatTheGatewaysOwnTokenSaysCounts() throws {
        let judge = try TokenJudge()
        let own = judge.server.claims.with("sub", "gateway").with("aud", "geo").with("scope", "geo:read")
        let answer = { (token: String) in
            GrantSample.answer(GrantSample.granted(token).without("scope", "issued_token_type"))
        }
        let rows: [(Claims, AnswerFlaw?)] = [
            (own, nil), (own.without("scope"), nil), (own.with("scope", "geo:read admin"), .scopeWider),
            (own.with("aud", "billing"), .wrongAudience), (own.without("aud"), nil),
            (own.with("exp", .integer(TestPolicy.now - 1)), .expired),
            (own.with("iss", "https://other.example"), .wrongIssuer),
        ]
        for (claims, expected) in rows {
            let result = judge.outcome(
                answer(try judge.server.token(claims)), for: GrantSample.request(audience: "geo"))
            #expect(flaw(result) == expected.map { .rejected($0) })
        }
        // Signed with keys that are for the API's eyes, it is as good as an opaque one.
        let stranger = try TestIssuer(GrantSample.issuer.string, keyID: "k9")
        let hidden = String(decoding: try stranger.token(own), as: UTF8.self)
        #expect(
            judge.outcome(answer(hidden), for: GrantSample.request(audience: "geo"))
                == .success("\(hidden) [geo:read] for geo until +300"))
    }
}
