import Crypto
import Identity
import JOSE
import StrictCoding
import TestSupport
import Testing

/// What identifies a call to its service in each of the three modes.
@Suite struct ModeScenarios {
    private static func whom(_ mode: String, _ subject: String = "alice") -> [String] {
        ["intent \(subject) agent_456 \(mode)", "result 200 \(subject) agent_456 \(mode)"]
    }

    // MARK: - The gateway's own account

    @Test func aFixedBearerTokenIsTheSameForEverybody() throws {
        let stage = try Stage()
        for subject in ["alice", "bob"] {
            let engagement = try stage.engage { $0.with("sub", .string(subject)) }
            let outcome = try stage.outcome(calling: .outbound(to: "geocoder").showing(engagement))
            #expect(outcome.audit == Self.whom("service_identity", subject) && outcome.asked == 0)
        }
        #expect(stage.services.requests.map(\.bearer) == ["not-a-real-secret", "not-a-real-secret"])
        #expect(stage.services.requests.map(\.line) == ["GET /orders/o-1 HTTP/1.1", "GET /orders/o-1 HTTP/1.1"])
    }

    /// The server's own idea of the field would be taken for ours, in whatever spelling a service folds into it.
    @Test func aFixedFieldIsThereOnceAndTheServersOwnIsLeftBehind() throws {
        let stage = try Stage(.calling(.weather))
        let call = try Call.outbound(to: "weather").showing(stage.engage())
            .with("X-Api-Key", "mine").with("x_api_key", "mine").with("X.API.KEY", "mine").with("X-Api-Keys", "kept")
            .with("Authorization", "Bearer mine")
        #expect(try stage.outcome(calling: call).status == 200)
        let request = stage.services.requests[0]
        #expect(
            request.fields.filter { $0.lowercased().contains("api") } == [
                "X-Api-Keys: kept", "X-Api-Key: not-a-real-secret",
            ])
        #expect(request.values("Authorization") == [])
    }

    @Test func theGatewaysOwnTokenIsFetchedOnceForAll() throws {
        let stage = try Stage(.calling(.mailer))
        for subject in ["alice", "bob"] {
            let engagement = try stage.engage { $0.with("sub", .string(subject)) }
            let outcome = try stage.outcome(calling: .outbound("POST", "/send", to: "mailer").showing(engagement))
            #expect(outcome.audit == Self.whom("service_identity", subject))
        }
        #expect(stage.egress.asked.count == 1 && stage.egress.exchanges.isEmpty)
        #expect(stage.egress.asked[0].tenant == nil && stage.egress.asked[0].notAfter == nil)
        #expect(stage.services.requests.map(\.bearer) == ["token-for-bulla-1", "token-for-bulla-1"])
    }

    // MARK: - The user, by exchange

    @Test func aTokenForOneUserIsNotAnothers() throws {
        let stage = try Stage()
        let alice = try stage.engage()
        let bob = try stage.engage { $0.with("sub", "bob") }
        for engagement in [alice, bob, alice, bob] {
            #expect(try stage.outcome(calling: .outbound().showing(engagement)).status == 200)
        }
        #expect(
            stage.services.requests.map(\.bearer) == [
                "token-for-alice-1", "token-for-bob-2", "token-for-alice-1", "token-for-bob-2",
            ])
    }

    @Test func whereACredentialCameFromIsOnRecord() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        for source in ["miss", "hit"] {
            _ = try stage.outcome(calling: .outbound().showing(engagement))
            #expect(
                stage.audit.written.last?.contains(#""cache":"\#(source)""#) == true,
                "\(stage.audit.written.last ?? "")")
        }
    }

    @Test func aRestrictedUsersTokenIsAskedForWithoutTheAgent() throws {
        let stage = try Stage(.calling(.vault))
        let outcome = try stage.outcome(calling: .outbound(to: "vault").showing(stage.engage()))
        #expect(outcome.audit == Self.whom("restricted_user"))
        let grant = try #require(stage.egress.exchanges.first)
        #expect(grant.mode == .restrictedUser && grant.settings.actor == .none && grant.scopes == ["orders:read"])
        #expect(stage.audit.written.last?.contains(#""user_token":true"#) == true, "\(stage.audit.written.last ?? "")")
    }

    // MARK: - The user, by the gateway's own word

    @Test func aTokenThatTheGatewaySignsVerifiesWithItsPublishedKey() throws {
        let stage = try Stage(.calling(.books))
        let outcome = try stage.outcome(calling: .outbound(to: "books").showing(stage.engage()))
        #expect(outcome.audit == Self.whom("restricted_user") && outcome.asked == 0)
        let published = try stage.client().send(.plain("GET", "/reissue/.well-known/jwks.json"))
        let keys = try KeySet(parsing: Array(published.body.utf8))
        let token = try #require(stage.services.requests[0].bearer)
        let verified = try UnverifiedJWS(compact: Array(token.utf8)).verify(with: keys, allowing: [.es256])
        #expect(verified.type == "at+jwt")
        let claims = verified.payload.root
        let names: [StaticString] = ["iss", "sub", "aud", "client_id", "scope", "tenant"]
        #expect(
            names.map { claims[$0]?.text?.string ?? "" } == [
                "https://gw.example/reissue", "alice", "books", "https://gw.example", "orders:read", "acme",
            ])
        #expect(claims["iat"]?.integer == TestPolicy.now && claims["exp"]?.integer == TestPolicy.now + 60)
        #expect(claims["act"]?["sub"]?.text == "agent_456")
        // Nor does any other key of the gateway's verify it.
        for ring in [stage.gateway.ring, stage.gateway.assertion] {
            let others = try KeySet(parsing: ring.jwksDocument(now: UnixTime(seconds: stage.now)))
            #expect(throws: JWSError.self) {
                try UnverifiedJWS(compact: Array(token.utf8)).verify(with: others, allowing: [.es256])
            }
        }
    }

    @Test func aTokenThatTheGatewaySignsDiesWithTheUsers() throws {
        let stage = try Stage(.calling(.books))
        let engagement = try stage.engage { $0.with("exp", .integer(TestPolicy.now + 20)) }
        _ = try stage.outcome(calling: .outbound(to: "books").showing(engagement))
        let token = try #require(stage.services.requests[0].bearer)
        let claims = try UnverifiedJWS(compact: Array(token.utf8)).verify(
            with: KeySet(parsing: stage.epoch.signers.reissue.keySet), allowing: [.es256]
        ).payload.root
        #expect(claims["exp"]?.integer == TestPolicy.now + 20)
        #expect(
            try stage.claims(in: stage.services.requests[0], service: "books").expiresAt.seconds == TestPolicy.now + 20)
    }

    // MARK: - Envelopes for services

    @Test func aServiceOfTheHouseGetsAnEnvelopeOfItsOwn() throws {
        let stage = try Stage(.calling(.books))
        let engagement = try stage.engage()
        _ = try stage.outcome(calling: .outbound(to: "books").showing(engagement))
        let servers = try stage.claims(in: engagement.request)
        let services = try stage.claims(in: stage.services.requests[0], service: "books")
        var expected = servers
        expected.audience = "https://gw.example/.eie/books"
        expected.workload = "https://gw.example/egress"
        expected.tokenID = services.tokenID
        expected.scopes = ["orders:read"]
        expected.delegation = Delegation([.init(service: "books", mode: .restrictedUser)])
        #expect(services == expected)
        #expect(services.tokenID != servers.tokenID)
        #expect(!String(decoding: stage.services.heard, as: UTF8.self).contains(engagement.envelope.suffix(32)))
        #expect(stage.audit.written.last?.contains(services.tokenID.string) == true)
    }

    /// The service might be in league with somebody.
    @Test(arguments: ["orders", "billing"]) func aServicesEnvelopeOpensNothingHere(presenter: String) throws {
        var policy = TestPolicy.withBilling
        (policy.services, policy.allowed) = (TestPolicy.calling(.books).services, TestPolicy.calling(.books).allowed)
        let stage = try Stage(policy)
        _ = try stage.outcome(calling: .outbound(to: "books").showing(stage.engage()))
        let stolen = String(decoding: stage.services.requests[0].envelope, as: UTF8.self)
        let call = Call.outbound(secret: ScriptedEgress.secret(of: ByteString(presenter))).showing(stolen)
        #expect(
            try stage.outcome(calling: call)
                == .denied(403, "envelope_invalid", "envelope_audience", at: "\(presenter) orders_api"))
        #expect(try stage.outcome(of: .modern().bearing(stolen)).status == 401)
    }

    @Test func othersGetNone() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        for service in ["orders_api", "geocoder"] {
            _ = try stage.outcome(calling: .outbound(to: service).showing(engagement))
        }
        #expect(stage.services.requests.map { $0.values("Txn-Token") } == [[], []])
    }
}
