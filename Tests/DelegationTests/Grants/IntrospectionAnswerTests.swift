import Delegation
import Policy
import StrictCoding
import TestSupport
import Testing

/// What an issuer may say of its own token (RFC 7662).
@Suite struct IntrospectionAnswerTests {
    private static let good = Claims([
        ("active", true), ("iss", .string(GrantSample.issuer.string)), ("aud", "orders-api"), ("sub", "alice"),
        ("scope", "orders:read orders:write"), ("exp", .integer(TestPolicy.now + 600)), ("token_type", "Bearer"),
        ("client_id", "gateway"),
    ])
    private static let all = "opaque-token [orders:read orders:write] for orders-api until +300"

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let claims: Claims
        let outcome: Result<String, CredentialFault>

        init(_ name: String, _ claims: Claims, _ flaw: AnswerFlaw) {
            (testDescription, self.claims, outcome) = (name, claims, .failure(.rejected(flaw)))
        }

        init(_ name: String, _ claims: Claims, _ summary: String = all) {
            (testDescription, self.claims, outcome) = (name, claims, .success(summary))
        }
    }

    static let rows: [Row] = [
        Row("good", good),
        Row("not active", Claims([("active", false)]), .inactive),
        Row("active in words", good.with("active", "true"), .inactive),
        Row("active as a number", good.with("active", 1), .inactive),
        Row("silent about it", good.without("active"), .inactive),
        Row("no issuer", good.without("iss")),
        Row("another issuer", good.with("iss", "https://other.example"), .wrongIssuer),
        Row("no audience", good.without("aud"), .audienceMissing),
        Row("another audience", good.with("aud", "billing-api"), .wrongAudience),
        Row("several audiences", good.with("aud", ["billing-api", "orders-api"])),
        Row("nobody", good.without("sub"), .wrongSubject),
        Row("somebody else", good.with("sub", "bob"), .wrongSubject),
        Row(
            "a narrower scope", good.with("scope", "orders:read"),
            "opaque-token [orders:read] for orders-api until +300"),
        Row("a wider scope", good.with("scope", "orders:read admin"), .scopeWider),
        Row("no scope", good.without("scope")),
        Row("over", good.with("exp", .integer(TestPolicy.now)), .expired),
        Row(
            "sooner over", good.with("exp", .integer(TestPolicy.now + 30)),
            "opaque-token [orders:read orders:write] for orders-api until +30"),
        Row("no end", good.without("exp")),
        Row("not begun", good.with("nbf", .integer(TestPolicy.now + 60)), .inactive),
        Row("another type", good.with("token_type", "DPoP"), .tokenType),
        Row("a type that is no text", good.with("token_type", 7), .tokenType),
        Row("bearer", good.with("token_type", "bearer")),
        Row("no type", good.without("token_type")),
        Row("bound to a key", good.with("cnf", .object([("jkt", "x")])), .tokenType),
    ]

    private func outcome(
        _ introspection: EndpointAnswer, granted: Claims = GrantSample.granted(), requireAct: Bool = false
    ) throws -> Result<String, CredentialFault> {
        try TokenJudge().outcome(
            GrantSample.answer(granted),
            for: GrantSample.request(GrantSample.exchange(requireAct: requireAct, verification: .introspection)),
            introspection: introspection)
    }

    @Test(arguments: rows) func theIssuerSays(_ row: Row) throws {
        #expect(try outcome(GrantSample.answer(row.claims)) == row.outcome)
    }

    @Test func activeAloneIsGoodForAMinuteAtTheMost() throws {
        let granted = GrantSample.granted().without("expires_in")
        let summary = Self.all.replacing("+300", with: "+60")
        #expect(try outcome(GrantSample.answer(Self.good.without("exp")), granted: granted) == .success(summary))
        #expect(try outcome(GrantSample.answer(Self.good), granted: granted) == .success(summary))
    }

    @Test func whatTheTokenSaysItselfNeedsNoRepetition() throws {
        let judge = try TokenJudge()
        let token = try judge.server.token(judge.server.claims)
        let request = GrantSample.request(GrantSample.exchange(requireAct: true, verification: .introspection))
        let said = judge.outcome(
            GrantSample.answer(GrantSample.granted(token)), for: request,
            introspection: GrantSample.answer(#"{"active":true}"#))
        #expect(said == .success("\(token) [orders:read orders:write] for orders-api until +300"))
    }

    @Test func anActorIsThereWhereOneIsRequired() throws {
        #expect(try outcome(GrantSample.answer(Self.good), requireAct: true) == .failure(.rejected(.actorMissing)))
        let acting = Self.good.with("act", .object([("sub", "gateway")]))
        #expect(try outcome(GrantSample.answer(acting), requireAct: true) == .success(Self.all))
    }

    @Test(arguments: [
        (GrantSample.answer("", status: 500), CredentialFault.unavailable(retryAfterSeconds: 5)),
        (GrantSample.answer("", status: 302), .rejected(.redirect)),
        (GrantSample.answer("<h1>", type: "text/html"), .rejected(.notJSON)),
        (GrantSample.answer("a.b.c", type: "application/token-introspection+jwt"), .rejected(.notJSON)),
        (GrantSample.answer(#"{"active":true,"active":false}"#), .rejected(.notJSON)),
        (GrantSample.answer(#"{"error":"invalid_client"}"#, status: 401), .misconfigured("invalid_client")),
        // It is the gateway who asks, not the user.
        (GrantSample.answer(#"{"error":"invalid_grant"}"#, status: 400), .misconfigured("invalid_grant")),
        (GrantSample.answer(#"{"error":"access_denied"}"#, status: 403), .misconfigured("access_denied")),
    ])
    func anAnswerThatIsNoneIsAFault(answer: EndpointAnswer, fault: CredentialFault) throws {
        #expect(try outcome(answer) == .failure(fault))
    }
}
