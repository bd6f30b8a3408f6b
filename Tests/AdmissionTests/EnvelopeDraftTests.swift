import Identity
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import Admission

/// What an envelope says of a token: nothing more than the token, the operator and the clock say.
@Suite struct EnvelopeDraftTests {
    private static let now = UnixTime(seconds: TestPolicy.now)

    /// The claims for a request of whoever the token names.
    private static func claims(
        under policy: TestPolicy = TestPolicy(), later seconds: Int64 = 0, _ change: (Claims) -> Claims = { $0 }
    ) throws -> EnvelopeClaims {
        let epoch = try TestGateway().epoch(policy.compiled())
        let token = try TokenChecksTests.find(under: policy, change).get()
        let caller = try Caller(token, epoch: epoch, server: 0, now: now + seconds)
        let fresh = FreshIdentifiers(
            milliseconds: TestPolicy.now * 1_000, random: [UInt8](repeating: 3, count: FreshIdentifiers.randomBytes))
        let occasion = caller.occasion(
            of: IngressTrail(), trace: TraceContext(random: fresh.traceID), fresh: fresh, now: now + seconds,
            lifetimeSeconds: epoch.policy.envelope.lifetimeSeconds)
        return try caller.envelopes.get().claims(occasion)
    }

    // MARK: - Time

    @Test(
        arguments: [(3_600, 0, 300), (300, 0, 300), (299, 0, 299), (60, 10, 60), (60, 55, 60)]
            as [(Int64, Int64, Int64)])
    func anEnvelopeLivesFiveMinutesOrAsLongAsItsToken(token: Int64, later: Int64, end: Int64) throws {
        let claims = try Self.claims(later: later) { $0.with("exp", .integer(TestPolicy.now + token)) }
        #expect(claims.issuedAt == Self.now + later)
        #expect(claims.expiresAt == Self.now + end)
    }

    @Test(
        arguments: [
            (4, TokenRefusal.aboutToExpire), (0, .aboutToExpire), (-29, .aboutToExpire), (-30, .expired),
            (-31, .expired),
        ] as [(Int64, TokenRefusal)])
    func nothingIsMintedFromATokenInItsLastSeconds(left: Int64, reason: TokenRefusal) throws {
        let refusal = #expect(throws: Refusal.self) { try Self.claims(later: 3_600 - left) }
        #expect(refusal?.code == reason.code)
    }

    @Test func aShorterLifeIsThePolicysChoice() throws {
        var policy = TestPolicy()
        policy.gateway = ["envelope: {lifetime: 60s}"]
        #expect(try Self.claims(under: policy).expiresAt == Self.now + 60)
    }

    // MARK: - Agents

    @Test func theOperatorsAgentActsForTheUser() throws {
        let claims = try Self.claims()
        #expect(claims.principal.agentID == "agent_456")
        #expect(claims.actors == ActorChain([.init(subject: "agent_456", issuer: "https://gw.example")]))
        #expect(claims.confidence == .verified)
    }

    @Test(arguments: [("other", "client:other"), (nil, "unknown")] as [(String?, ByteString)])
    func anAgentThatNobodyVouchesForIsEstimatedAndNamedNowhereElse(client: String?, agent: ByteString) throws {
        let claims = try Self.claims { claims in
            client.map { claims.with("client_id", .string($0)) } ?? claims.without("client_id")
        }
        #expect(claims.principal.agentID == agent)
        #expect(claims.actors == .none)
        #expect(claims.confidence == .estimated([.agentID]))
    }

    /// Client credentials as providers mark them: nobody acts for anybody, although the operator has named the client.
    @Test(arguments: [
        [("sub", "webapp")], [("sub", "3f0c-object-id"), ("idtyp", "app")],
        [("sub", "webapp@clients"), ("gty", "client-credentials")],
        [("sub", "webapp"), ("sub_profile", "ai_agent")],
    ])
    func aClientThatActsForItselfIsNoDelegation(marks: [(String, String)]) throws {
        let claims = try Self.claims { marks.reduce($0) { $0.with($1.0, .string($1.1)) } }
        #expect(claims.principal.kind == .service)
        #expect(claims.principal.agentID == "agent_456")
        #expect(claims.actors == .none)
        #expect(claims.confidence == .verified)
    }

    @Test func anAgentMayActForAService() throws {
        let claims = try Self.claims { $0.with("sub", "webapp").with("act", .raw(#"{"sub":"planner"}"#)) }
        #expect(claims.principal.kind == .service)
        #expect(claims.actors == ActorChain([.init(subject: "planner", issuer: "http://127.0.0.1:9000")]))
    }

    @Test func nobodyActsForThemselves() throws {
        let claims = try Self.claims { $0.with("act", .raw(#"{"sub":"alice"}"#)) }
        #expect(claims.principal.agentID == "alice" && claims.actors == .none)
    }

    // MARK: - Sessions

    @Test func theProvidersSessionIsTheSession() throws {
        #expect(try Self.claims { $0.with("sid", "s-1") }.sessionID == "s-1")
    }

    @Test func elseOneIsDerivedPerCredentialAndPerson() throws {
        let derived = try [
            Self.claims(), Self.claims(), Self.claims { $0.with("jti", "t-2") }, Self.claims { $0.with("sub", "bob") },
            Self.claims { $0.with("client_id", "other") },
        ].map(\.sessionID)
        #expect(derived[0] == derived[1])
        #expect(Set(derived).count == 4)
        #expect(derived.allSatisfy { $0.count == 16 })
        // Tokens without a name of their own are told apart by their bytes.
        #expect(try Self.claims { $0.without("jti") }.sessionID != Self.claims { $0.without("jti") }.sessionID)
    }

    // MARK: - Scopes and services

    @Test(
        arguments: [
            ("orders:read", ["orders:read"]), ("openid orders:write profile", ["orders:write"]), ("", []),
            ("openid", []),
            ("orders:admin", ["orders:admin", "orders:write"]),
        ] as [(String, [ByteString])])
    func scopesAreThoseThatTheServerKnows(scope: String, scopes: [ByteString]) throws {
        #expect(try Self.claims { $0.with("scope", .string(scope)) }.scopes == scopes)
    }

    @Test func servicesAreThoseOfThePolicy() throws {
        let delegation = try Self.claims().delegation
        #expect(
            delegation
                == Delegation([
                    .init(service: "geocoder", mode: .serviceIdentity), .init(service: "orders_api", mode: .onBehalfOf),
                ]))
        #expect(delegation.mode == .onBehalfOf && delegation.isMixed)
    }

    @Test func theTenantMustBeKnown() throws {
        var policy = TestPolicy()
        policy.tenant = "{claim: org}"
        let refusal = #expect(throws: Refusal.self) { try Self.claims(under: policy) }
        #expect(refusal?.code == "tenant_unknown")
        #expect(try Self.claims(under: policy) { $0.with("org", "blue") }.principal.tenant == "blue")
    }

    @Test func twoSpellingsOfOneNameAreTwoUsers() throws {
        let claims = try ["caf\u{E9}", "cafe\u{301}"].map { name in try Self.claims { $0.with("sub", .string(name)) } }
        #expect(claims[0].principal != claims[1].principal)
        #expect(claims[0].principal.bindingDigest() != claims[1].principal.bindingDigest())
        #expect(claims[0].sessionID != claims[1].sessionID)
    }
}
