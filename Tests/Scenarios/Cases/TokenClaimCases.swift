import Admission
import Identity
import StrictCoding
import TestSupport
import Testing

/// Threat cases 8 to 15: authentic tokens whose claims are not what they should be.
@Suite struct TokenClaimCases {
    private func outcome(under policy: TestPolicy = TestPolicy(), _ change: (Claims) -> Claims) throws -> Outcome {
        let stage = try Stage(policy)
        return try stage.outcome(of: .modern().bearing(stage.token(change)))
    }

    // MARK: - For whom, from whom

    @Test(arguments: [
        "https://gw.example/mcp/orders/", "https://gw.example/mcp/order", "https://gw.example/mcp/orders2",
        "https://gw.example",
        "https://GW.example/mcp/orders", "https://gw.example/mcp/orders?x",
        "https://gw.example@evil.example/mcp/orders", "*", "",
    ])
    func case08_anAudienceIsComparedByteForByte(audience: String) throws {
        #expect(try outcome { $0.with("aud", .string(audience)) } == .refused(401, "wrong_audience"))
        #expect(try outcome { $0.with("aud", [.string(audience)]) } == .refused(401, "wrong_audience"))
    }

    @Test func case08_oneElementOfAnAudienceArraySuffices() throws {
        #expect(try outcome { $0.with("aud", ["account", .string(TestPolicy.resource)]) } == .accepted())
        #expect(try outcome { $0.with("aud", []) } == .refused(401, "wrong_audience"))
        #expect(try outcome { $0.without("aud") } == .refused(401, "missing_aud"))
    }

    @Test(arguments: [
        ("exp", #""1795482000""#, "malformed_exp"), ("exp", "1e400", "malformed_exp"), ("exp", "-1", "malformed_exp"),
        ("exp", "0", "malformed_exp"), ("exp", "true", "malformed_exp"), ("exp", "null", "malformed_exp"),
        ("exp", "9223372036854775808", "malformed_exp"), ("nbf", "1795478431", "not_yet_valid"),
        ("nbf", "true", "malformed_nbf"), ("iat", "1795478431", "issued_in_the_future"),
        ("exp", "1795564826", "lifetime_too_long"),
        ("exp", "1795478370", "token_expired"), ("exp", "1795478371", "about_to_expire"),
        ("exp", "1795478404", "about_to_expire"),
    ])
    func case09_timesAreNumbersAndWithinReason(claim: String, value: String, code: String) throws {
        #expect(try outcome { $0.with(claim, .raw(value)) } == .refused(401, code))
    }

    @Test(arguments: [
        ("exp", "1795478405"), ("exp", "1795482000.5"), ("nbf", "1795478430"), ("iat", "1795478430"),
        ("exp", "1795564825"),
    ])
    func case09_theEdgesOfTimeAreAccepted(claim: String, value: String) throws {
        #expect(try outcome { $0.with(claim, .raw(value)) } == .accepted())
    }

    @Test(arguments: [
        "http://127.0.0.1:9000/", "http://127.0.0.1:9000@evil.example", "http://127.0.0.1:9000\\@evil.example",
        "HTTP://127.0.0.1:9000", "http://127.0.0.1:09000", "http://xn--127-.0.0.1:9000", "http://127.0.0.1:9001",
    ])
    func case10_anIssuerIsComparedByteForByte(issuer: String) throws {
        #expect(try outcome { $0.with("iss", .string(issuer)) } == .refused(401, "wrong_issuer"))
    }

    @Test func case10_oneSubjectOfTwoIssuersIsTwoUsers() throws {
        let stage = try Stage(Self.twoIssuers)
        let partner = try TestIssuer("http://127.0.0.1:9001", keyID: "k2")
        stage.provider.standings.issuers[1] = try partner.standing()
        stage.worker.install(stage.provider.standings)
        _ = try stage.outcome(of: .modern().bearing(stage.token()))
        let token = try partner.token(partner.alice())
        _ = try stage.outcome(of: .modern().bearing(String(decoding: token, as: UTF8.self)))

        let principals = try stage.server.requests.map { try stage.claims(in: $0).principal }
        #expect(principals.map(\.qualifiedSubject) == ["acme|alice", "partner|alice"])
        #expect(principals.map(\.issuer) == ["http://127.0.0.1:9000", "http://127.0.0.1:9001"])
        #expect(principals[0].bindingDigest() != principals[1].bindingDigest())
        // The operator's agent is one of the first issuer's registrations only.
        #expect(principals.map(\.agentID) == ["agent_456", "client:webapp"])
    }

    static var twoIssuers: TestPolicy {
        var policy = TestPolicy()
        policy.issuers = [#"partner: {issuer: "http://127.0.0.1:9001", tenant: partner}"#]
        policy.trusted = ["corp", "partner"]
        return policy
    }

    @Test func case11_twoSpellingsOfOneNameAreTwoUsers() throws {
        let stage = try Stage()
        let spellings = ["caf\u{E9}", "cafe\u{301}"]
        stage.server.reply = ScriptedServer.json("{}", fields: "Mcp-Session-Id: s1\r\n")
        var sessions: [String] = []
        for subject in spellings {
            let client = try stage.client()
            let answer = try client.send(.legacy().bearing(stage.token { $0.with("sub", .string(subject)) }))
            sessions.append(try #require(answer.session))
        }
        let subjects = try stage.server.requests.map { try stage.claims(in: $0).principal.subject }
        #expect(subjects == spellings.map { ByteString($0) })
        #expect(subjects[0] != subjects[1] && stage.worker.verifiedTokens == 2)
        let swapped = try stage.token { $0.with("sub", .string(spellings[1])) }
        let answer = try stage.client().send(.legacy().with("Mcp-Session-Id", sessions[0]).bearing(swapped))
        #expect(answer.status == 404)
    }

    // MARK: - Bound tokens, other profiles

    @Test(arguments: [#"{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}"#, #"{"x5t#S256":"x"}"#, "{}", "null"])
    func case12_aTokenBoundToAKeyIsNeverABearerToken(confirmation: String) throws {
        #expect(try outcome { $0.with("cnf", .raw(confirmation)) } == .refused(401, "sender_constrained"))
    }

    @Test func case12_theDPoPSchemeIsNotSupportedYet() throws {
        let stage = try Stage()
        let call = try Call.modern().with("Authorization", "DPoP \(stage.token())").with("DPoP", "e30.e30.AA")
        #expect(try stage.outcome(of: call) == .refused(401, "credential_scheme_not_supported"))
    }

    @Test func case13_anOpaqueTokenHasNobodyToAskYet() throws {
        let stage = try Stage()
        #expect(try stage.outcome(of: .modern().bearing("opaque-token")) == .refused(401, "token_malformed"))
        var policy = TestPolicy()
        policy.issuerLines = ["profile: introspection"]
        #expect(policy.complaints.count == 1)
    }

    // MARK: - What it may do

    @Test func case14_aTokenWithoutScopesIsForbiddenRatherThanUnlimited() throws {
        #expect(try outcome { $0.without("scope") } == .refused(403, "scopes_undeterminable", whom: .alice))
        #expect(try outcome { $0.with("scope", "") } == .refused(403, "insufficient_scope", whom: .alice))
    }

    @Test(arguments: [
        "orders:read\tadmin", "orders:read\nadmin", "orders:read orders:read", " orders:read",
        "orders:read  orders:write",
        "orders:\u{e9}", "a\"b", (0..<1_000).map { "s\($0)" }.joined(separator: " "),
    ])
    func case14_scopesThatTwoReadersWouldSplitDifferentlyAreRefused(scope: String) throws {
        #expect(try outcome { $0.with("scope", .string(scope)) } == .refused(401, "malformed_scope"))
    }

    @Test func case15_aNestedActorChainIsBounded() throws {
        let chain = { (depth: Int) in
            (0..<depth).reduce("") { inner, index in
                #"{"sub":"a\#(index)"\#(inner.isEmpty ? "" : ",\"act\":" + inner)}"#
            }
        }
        #expect(try outcome { $0.with("act", .raw(chain(5))) } == .refused(401, "actor_chain"))
        // A thousand of them are longer than any token, and deeper than any JSON that is read.
        #expect(try outcome { $0.with("act", .raw(chain(1_000))) } == .refused(401, "token_too_large"))
        #expect(try outcome { $0.with("act", .raw(chain(100))) } == .refused(401, "token_invalid_payload"))
    }

    @Test func case15_sizesAreBoundedBeforeAnythingIsParsed() throws {
        let stage = try Stage()
        let token = String(repeating: "a", count: (8 << 10) + 1)
        #expect(try stage.outcome(of: .modern().bearing(token)) == .refused(401, "token_too_large"))
        let head = String(repeating: "a", count: 33 << 10)
        #expect(try stage.outcome(of: .modern().bearing(head)) == .refused(431, "head_too_large", whom: .nowhere))
    }
}

extension Stage {
    /// What the envelope of a forwarded request says, after its server's check.
    func claims(in request: HeardRequest) throws -> EnvelopeClaims {
        try gateway.claims(of: request.envelope, now: now)
    }
}
