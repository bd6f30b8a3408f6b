import TestSupport
import Testing

/// How a refusal is put, so that each generation of clients survives it (mcp-requirements A-12, A-16).
@Suite struct DenialScenarios {
    struct Row: Sendable, CustomTestStringConvertible {
        let denyAs: String
        let call: Call
        let status: Int
        let body: String

        var testDescription: String { "\(denyAs) \(call.body.contains("_meta") ? "modern" : "legacy") \(status)" }
    }

    private static let denied =
        #""error":{"code":403,"message":"denied by the policy: only operators drop orders","data":{"code":"denied_by_rule"}}}"#
    private static let told =
        #""content":[{"type":"text","text":"denied_by_rule: denied by the policy: only operators drop orders"}],"isError":true}}"#
    private static let error = #"{"jsonrpc":"2.0","id":1,"# + denied
    private static let tool = #"{"jsonrpc":"2.0","id":1,"result":{"# + told
    private static let modernTool = #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","# + told

    static let table = [
        Row(denyAs: "auto", call: .legacy("drop_orders"), status: 200, body: tool),
        Row(denyAs: "auto", call: .modern("drop_orders"), status: 403, body: error),
        Row(denyAs: "http403", call: .legacy("drop_orders"), status: 403, body: error),
        Row(denyAs: "http403", call: .modern("drop_orders"), status: 403, body: error),
        Row(denyAs: "jsonrpc", call: .legacy("drop_orders"), status: 200, body: error),
        Row(denyAs: "jsonrpc", call: .modern("drop_orders"), status: 200, body: error),
        Row(denyAs: "tool_error", call: .legacy("drop_orders"), status: 200, body: tool),
        Row(denyAs: "tool_error", call: .modern("drop_orders"), status: 200, body: modernTool),
    ]

    @Test(arguments: table) func aDenialIsPutAsThePolicyAndTheEraSay(row: Row) throws {
        var policy = TestPolicy()
        policy.server = ["deny_as: \(row.denyAs)"]
        let stage = try Stage(policy)
        let answer = try stage.client().send(row.call.bearing(stage.token()))
        #expect(answer.status == row.status)
        #expect(answer.body == row.body)
        // No credential could change it, so none is asked for.
        #expect(answer.challenge == nil)
        #expect(stage.server.connections == 0)
        #expect(stage.audit.lines == ["denied denied_by_rule \(row.status) alice agent_456 on_behalf_of"])
    }

    /// Earlier clients drop their connection at any status of 400 or more; so what is not a denial is told inside a 200
    /// as well.
    @Test func faultsOfTheServerAreToldToLegacyClientsInside200() throws {
        let stage = try Stage()
        stage.server.manner = .refuses
        let answer = try stage.client().send(.legacy().bearing(stage.token()))
        #expect(answer.status == 200)
        #expect(
            answer.body
                == #"{"jsonrpc":"2.0","id":1,"error":{"code":502,"message":"the MCP server cannot be reached","data":{"code":"upstream_unreachable"}}}"#
        )
        #expect(stage.audit.lines.last == "failed upstream_unreachable 200 alice agent_456 on_behalf_of")
    }

    @Test func aRefusalWithoutARequestIDIsAProblemDocument() throws {
        let stage = try Stage()
        stage.audit.isFull = true
        let call = Call.message(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        let answer = try stage.client().send(call.bearing(stage.token()))
        #expect(answer.status == 503)
        #expect(answer.values("Content-Type") == ["application/problem+json"])
        #expect(
            answer.body == """
                {"type":"urn:eie:error:audit_unavailable","title":"audit_unavailable","status":503,\
                "detail":"the audit log cannot take the record of this request, so the request is not made"}

                """)
    }

    @Test func theIDOfTheRequestComesBackAsItWas() throws {
        let stage = try Stage()
        for id in ["1", "-7", #""a\u0062""#, #""é""#] {
            let call = Call.message(
                #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"drop_orders"}}"#)
            let answer = try stage.client().send(call.bearing(stage.token()))
            #expect(answer.body.hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"#))
        }
    }

    // MARK: - Steps that a client can take

    static let metadata =
        #"Bearer resource_metadata="https://gw.example/.well-known/oauth-protected-resource/mcp/orders""#

    @Test func theChallengeOf401NamesTheScopesAndNoError() throws {
        let stage = try Stage()
        let answer = try stage.client().send(.legacy())
        #expect(answer.challenge == Self.metadata + #", scope="orders:read orders:write orders:admin""#)
    }

    @Test(arguments: ["POST", "GET", "DELETE", "PUT", "OPTIONS", "HEAD"]) func everyMethodIsChallengedAlike(
        method: String
    ) throws {
        let stage = try Stage()
        for target in ["/mcp/orders", "/mcp/orders/sse"] {
            let answer = try stage.client().send(.plain(method, target))
            #expect(answer.status == 401)
            #expect(answer.challenge?.hasPrefix(Self.metadata) == true)
        }
    }

    @Test func aBadTokenIsToldInOneSentence() throws {
        let stage = try Stage()
        let token = try stage.token { $0.with("exp", .integer(TestPolicy.now - 100)) }
        let answer = try stage.client().send(.legacy().bearing(token))
        #expect(
            answer.challenge == Self.metadata
                + #", scope="orders:read orders:write orders:admin", error="invalid_token", error_description="the token has expired""#
        )
    }

    /// Clients of 2025-11-25 ask for exactly the scopes of the challenge and lose the ones they had.
    @Test(arguments: [Call.legacy("cancel_order"), .modern("cancel_order")])
    func missingScopesAreAskedForTogetherWithTheGrantedOnes(call: Call) throws {
        for denyAs in ["auto", "jsonrpc", "tool_error"] {
            var policy = TestPolicy()
            policy.server = ["deny_as: \(denyAs)"]
            let stage = try Stage(policy)
            let answer = try stage.client().send(call.bearing(stage.token { $0.with("scope", "orders:read profile") }))
            #expect(answer.status == 403 && answer.code == "insufficient_scope")
            #expect(
                answer.challenge == Self.metadata
                    + #", scope="orders:write orders:read", error="insufficient_scope", error_description="the operation requires more scopes""#
            )
            #expect(stage.server.connections == 0)
        }
    }

    @Test func aScopeThatImpliesAnotherIsEnough() throws {
        let stage = try Stage()
        let token = try stage.token { $0.with("scope", "orders:admin") }
        #expect(try stage.outcome(of: .modern("cancel_order").bearing(token)) == .accepted())
        #expect(try stage.claims(in: stage.server.requests[0]).scopes == ["orders:admin", "orders:write"])
    }
}
