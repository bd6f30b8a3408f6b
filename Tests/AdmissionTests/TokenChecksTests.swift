import Identity
import JOSE
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import Admission

/// What becomes of the claims of an authentic token.
@Suite struct TokenChecksTests {
    static let now = UnixTime(seconds: TestPolicy.now)

    /// Finds a token of the test's provider under a policy.
    static func find(
        under policy: TestPolicy = TestPolicy(), header: JSONText? = nil, _ change: (Claims) -> Claims = { $0 }
    ) throws -> Result<AccessToken, TokenRefusal> {
        let issuer = try TestIssuer()
        let token = try issuer.token(change(issuer.alice()), header: header)
        let finding = TokenVerifier(try policy.compiled()).find(
            token, trusted: [0], standings: try issuer.standings(), now: now)
        switch finding {
        case .accepted(let token): return .success(token)
        case .refused(let refusal), .keysNeeded(_, let refusal): return .failure(refusal)
        }
    }

    static func issuer(_ lines: String...) -> TestPolicy {
        var policy = TestPolicy()
        policy.issuerLines = lines
        return policy
    }

    @Test func aTokenSaysWhoAsksThroughWhomForWhat() throws {
        let token = try Self.find { $0.with("sid", "s-1").with("name", "Alice A.") }.get()
        #expect(
            token
                == AccessToken(
                    issuerIndex: 0, issuer: "http://127.0.0.1:9000", subject: "alice", kind: .user, tenant: "acme",
                    clientID: "webapp",
                    agent: ActingAgent(chain: [.init(subject: "agent_456", issuer: "https://gw.example")]),
                    audiences: ["https://gw.example/mcp/orders"], scopes: ["orders:read", "orders:write"],
                    expires: Self.now + 3_600, session: "s-1", tokenID: "t-1", name: "Alice A.", digest: token.digest))
        #expect(token.digest.count == 32)
    }

    // MARK: - Kinds of tokens

    @Test(
        arguments: [
            ("generic", nil, true), ("generic", "JWT", true), ("generic", "jwt", true), ("generic", "AT+JWT", true),
            ("generic", "application/at+jwt", true), ("generic", "Application/JWT", true),
            ("generic", "at+JWT ", false),
            ("generic", "logout+jwt", false), ("rfc9068", "at+jwt", true),
            ("rfc9068", "application/AT+jwt", true), ("rfc9068", "JWT", false), ("rfc9068", nil, false),
        ] as [(String, String?, Bool)])
    func theTypeIsThatOfAnAccessToken(profile: String, type: String?, isAccepted: Bool) throws {
        let members: [(String, JSONText)] =
            [("alg", "ES256"), ("kid", "k1")] + (type.map { [("typ", .string($0))] } ?? [])
        let result = try Self.find(under: Self.issuer("profile: \(profile)"), header: .object(members))
        #expect(((try? result.get()) != nil) == isAccepted)
        if case .failure(let refusal) = result { #expect(refusal == .wrongType) }
    }

    @Test(arguments: [("iat", TokenRefusal.Claim.iat), ("jti", .jti), ("client_id", .clientID)])
    func rfc9068RequiresMore(name: String, claim: TokenRefusal.Claim) throws {
        #expect(
            try Self.find(under: Self.issuer("profile: rfc9068")) { $0.without(name) } == .failure(.missingClaim(claim))
        )
        #expect(throws: Never.self) { try Self.find { $0.without(name) }.get() }
    }

    @Test(arguments: ["ID", "Refresh", "Offline", "Logout"]) func keycloakSaysTheKindInThePayload(kind: String) throws {
        #expect(try Self.find { $0.with("typ", .string(kind)) } == .failure(.notAnAccessToken))
        #expect(throws: Never.self) { try Self.find { $0.with("typ", "Bearer") }.get() }
    }

    // MARK: - Who acts

    @Test(
        arguments: [
            ("alice", "webapp", nil, ActorKind.user), ("webapp", "webapp", nil, .service),
            ("alice", "webapp", ("idtyp", "app"), .service), ("alice", "webapp", ("idtyp", "user"), .user),
            ("alice", "webapp", ("gty", "client-credentials"), .service),
            ("alice", "webapp", ("gty", "client_credentials"), .service),
            ("alice", "webapp", ("gty", "password"), .user), ("alice", "webapp", ("sub_profile", "service"), .service),
            ("alice", "webapp", ("sub_profile", "ai_agent"), .service),
            ("alice", "webapp", ("sub_profile", "user"), .user),
        ] as [(String, String, (String, String)?, ActorKind)])
    func theKindOfTheActor(subject: String, client: String, claim: (String, String)?, kind: ActorKind) throws {
        let token = try Self.find {
            let claims = $0.with("sub", .string(subject)).with("client_id", .string(client))
            return claim.map { claims.with($0.0, .string($0.1)) } ?? claims
        }.get()
        #expect(token.kind == kind)
    }

    @Test(
        arguments: [
            ([("client_id", "webapp")], "agent_456", ["https://gw.example"]),
            ([("azp", "webapp")], "agent_456", ["https://gw.example"]),
            ([("appid", "webapp")], "agent_456", ["https://gw.example"]),
            ([("cid", "webapp")], "agent_456", ["https://gw.example"]),
            ([("client_id", "other"), ("azp", "webapp")], "client:other", []),
            ([("client_id", "Webapp")], "client:Webapp", []),
            ([], "unknown", []),
        ] as [([(String, String)], String, [String])])
    func theAgentIsTheOneOfTheClientsRegistration(claims: [(String, String)], agent: String, namespaces: [String])
        throws
    {
        let token = try Self.find {
            claims.reduce($0.without("client_id")) { $0.with($1.0, .string($1.1)) }
        }.get()
        #expect(token.agent.id == ByteString(agent))
        #expect(token.agent.chain.map(\.issuer) == namespaces.map { ByteString($0) })
    }

    @Test func theTokensOwnActorsComeFirst() throws {
        let act = JSONText.raw(#"{"sub":"planner","iss":"https://agents.example","act":{"sub":"router"}}"#)
        let token = try Self.find { $0.with("act", act) }.get()
        #expect(token.agent.id == "planner")
        #expect(
            token.agent.chain == [
                .init(subject: "planner", issuer: "https://agents.example"),
                .init(subject: "router", issuer: "http://127.0.0.1:9000"),
            ])
    }

    @Test(arguments: [
        (#"{"sub":"unknown"}"#, TokenRefusal.actorChain), (#"{"sub":"client:webapp"}"#, .actorChain),
        (#"{"sub":"a","act":{"sub":"client:x"}}"#, .actorChain), (#"{"iss":"x"}"#, .malformedClaim(.act)),
        (#"{"sub":1}"#, .malformedClaim(.act)), ("[]", .malformedClaim(.act)),
        (#"{"sub":"a","act":null}"#, .malformedClaim(.act)),
        (#"{"sub":"1","act":{"sub":"2","act":{"sub":"3","act":{"sub":"4","act":{"sub":"5"}}}}}"#, .actorChain),
    ])
    func aBadActorChainIsRefused(act: String, refusal: TokenRefusal) throws {
        #expect(try Self.find { $0.with("act", .raw(act)) } == .failure(refusal))
    }

    // MARK: - Tenants

    @Test(
        arguments: [
            ("{claim: org}", #""acme""#, "acme"), ("{claim: org}", #""Acme""#, nil), ("{claim: org}", #""a b""#, nil),
            ("{claim: org}", "1", nil), ("{claim: org}", nil, nil),
            ("{claim: tid, map: {guid-1: acme}}", #""guid-1""#, "acme"),
            ("{claim: tid, map: {guid-1: acme}}", #""acme""#, nil),
            ("{claim: tid, map: {guid-1: acme}}", #""GUID-1""#, nil),
            ("{claim: tid, map: {guid-1: acme}}", nil, nil), ("acme", #""other""#, "acme"),
        ] as [(String, String?, String?)])
    func theTenantIsALabelOrNothing(rule: String, value: String?, tenant: String?) throws {
        var policy = TestPolicy()
        policy.tenant = rule
        let claim = rule.contains("tid") ? "tid" : "org"
        let token = try Self.find(under: policy) { claims in value.map { claims.with(claim, .raw($0)) } ?? claims }
            .get()
        #expect(token.tenant == tenant.map { ByteString($0) })
    }

    // MARK: - Scopes and names

    @Test(
        arguments: [
            ("scope", #""b a""#, ["a", "b"]), ("scp", #""b a""#, ["a", "b"]), ("scp", #"["b","a"]"#, ["a", "b"]),
            ("scope", #""""#, []), ("scope", "[]", []), ("other", #""a""#, nil),
        ] as [(String, String, [String]?)])
    func scopesAreSortedWhereverTheyStand(claim: String, value: String, scopes: [String]?) throws {
        let token = try Self.find { $0.without("scope").with(claim, .raw(value)) }.get()
        #expect(token.scopes == scopes?.map { ByteString($0) })
    }

    @Test(arguments: [
        "1", "null", "{}", "[1]", #""a a""#, #"["a","a"]"#, #"["a b"]"#, #"[""]"#, #"" a""#, #""a  b""#, #""a\tb""#,
        #""a\nadmin""#,
        #""\u0000""#,
    ])
    func anythingElseIsNoScope(value: String) throws {
        #expect(try Self.find { $0.with("scope", .raw(value)) } == .failure(.malformedClaim(.scope)))
    }

    @Test func thePolicyMayNameTheClaims() throws {
        let policy = Self.issuer("subject: oid", "scopes: roles", "name: email")
        let token = try Self.find(under: policy) {
            $0.with("oid", "o-1").with("roles", ["orders:read"]).with("email", "a@b")
        }.get()
        #expect([token.subject, token.scopes?.first, token.name] == ["o-1", "orders:read", "a@b"])
        #expect(try Self.find(under: policy) { $0 } == .failure(.missingClaim(.sub)))
    }

    @Test func aNameForPeopleIsDroppedRatherThanRefused() throws {
        for name in [JSONText("a\nb"), 1, .string(String(repeating: "n", count: 256))] {
            #expect(try Self.find { $0.with("name", name) }.get().name == nil)
        }
    }
}
