import TestSupport

/// What the policy denies, and what the gateway itself cannot do.
enum GatewayStories {
    static let all = policy + identity + failures

    private static func denied(_ code: String, _ call: Call) -> Story {
        Story(.refused(403, code, whom: .alice), of: code) { try call.bearing($0.token()) }
    }

    private static let policy = [
        denied("insufficient_scope", .modern("purge_orders")),
        denied("method_not_allowed", .modern("tasks/list", [])),
        denied("unknown_tool", .modern("brand_new_tool")),
        denied("denied_by_rule", .modern("drop_orders")),
        denied("argument_not_actor", .modern("get_order", arguments: .object([("user_id", "bob")]))),
    ]

    private static let identity = [
        Story(.refused(403, "tenant_unknown"), of: "tenant_unknown", under: tenantFromClaim) { stage in
            try .modern().bearing(stage.token())
        },
        Story(.refused(403, "scopes_undeterminable", whom: .alice), of: "scopes_undeterminable") { stage in
            try .modern().bearing(stage.token { $0.without("scope") })
        },
        Story(code: "issuer_unavailable", outcome: .refused(503, "issuer_unavailable", fetches: 1)) {
            let stage = try Stage(keysKnown: false)
            stage.provider.manner = .fails
            return try stage.outcome(of: .modern().bearing(stage.token()))
        },
    ]

    private static var tenantFromClaim: TestPolicy {
        var policy = TestPolicy()
        policy.tenant = "{claim: org}"
        return policy
    }

    private static let failures = [
        Story(.refused(500, "envelope_too_large", whom: .alice), of: "envelope_too_large") { stage in
            let name = { (letter: String) in String(repeating: letter, count: 250) }
            let chain = ["agent_456", name("b"), name("c"), name("d")].reversed().reduce("") { inner, agent in
                #"{"sub":"\#(agent)","iss":"\#(name("i"))"\#(inner.isEmpty ? "" : ",\"act\":" + inner)}"#
            }
            return try .modern().bearing(
                stage.token {
                    $0.with("act", .raw(chain)).with("client_id", .string(String(name("w").prefix(240)))).with(
                        "sid", .string(name("s"))
                    )
                    .with("aud", .string(TestPolicy.resource))
                })
        },
        Story(code: "signing_failed", outcome: .refused(500, "signing_failed", whom: .alice)) {
            let stage = try Stage(keyID: "not a key id")
            return try stage.outcome(of: .modern().bearing(stage.token()))
        },
        Story(
            code: "audit_unavailable",
            outcome: Outcome(
                status: 503, code: "audit_unavailable", audit: [],
                counted: ["orders audit_unavailable +1", "unrecorded"])
        ) {
            let stage = try Stage()
            stage.audit.isFull = true
            return try stage.outcome(of: .modern().bearing(stage.token()))
        },
    ]
}
