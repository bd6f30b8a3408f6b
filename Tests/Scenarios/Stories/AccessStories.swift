import Identity
import TestSupport

/// Calls that the policy denies, as it stands when they are made.
enum AccessStories {
    static let all = services + targets + modes + scopes + subjects + leaks

    private static let services = [
        CallStory(.denied(403, "target_not_allowed", "service", whom: .aliceNowhere, at: "orders -")) { _, engagement in
            .outbound(to: "no_such_api").showing(engagement)
        },
        CallStory(.denied(403, "target_not_allowed", "service", whom: .aliceNowhere), under: geocoderOnly) {
            .outbound().showing($1)
        },
        // The envelope was minted before the server might call it.
        CallStory(.denied(403, "target_not_allowed", "service", whom: .alice)) {
            let stage = try Stage(geocoderOnly)
            let engagement = try stage.engage()
            try stage.install(TestPolicy())
            return try stage.outcome(calling: .outbound().showing(engagement))
        },
        // The server was taken out of the policy while it worked.
        CallStory(.denied(403, "target_not_allowed", "service", whom: .aliceNowhere)) {
            let stage = try Stage()
            let engagement = try stage.engage()
            try stage.install(geocoderOnly)
            return try stage.outcome(calling: .outbound().showing(engagement))
        },
    ]

    private static var geocoderOnly: TestPolicy {
        var policy = TestPolicy()
        policy.allowed = ["geocoder"]
        return policy
    }

    private static func target(_ method: String, _ path: String) -> CallStory {
        CallStory(.denied(403, "target_not_allowed", whom: .alice)) { .outbound(method, path).showing($1) }
    }

    private static let targets = [
        target("GET", "/orders"), target("GET", "/orders/o-1/items"), target("GET", "/admin"), target("GET", ""),
        target("GET", "/Whoami"), target("DELETE", "/orders/o-1"), target("OPTIONS", "/whoami"),
        target("GET", "/whoami/"),
        target("PROPFIND", "/whoami"),
    ]

    private static let modes = [
        CallStory(
            .denied(403, "mode_mismatch", whom: .aliceAtGeocoder, at: "orders books")
        ) {
            let stage = try Stage(.calling(.books))
            let engagement = try stage.engage()
            try stage.install(.calling(.booksOfNobody))
            return try stage.outcome(calling: .outbound(to: "books").showing(engagement))
        }
    ]

    private static let scopes = [
        CallStory(.denied(403, "scope_exceeds_actor", whom: .alice)) {
            let stage = try Stage()
            let engagement = try stage.engage { $0.with("scope", "orders:read") }
            return try stage.outcome(calling: .outbound("POST", "/orders/o-1").showing(engagement))
        },
        // The rule asks for nothing that she lacks, and the token could not say anything.
        CallStory(.denied(403, "scope_exceeds_actor", whom: .alice, at: "orders ledger"), under: .calling(.ledger)) {
            .outbound(to: "ledger").showing($1)
        },
        // Her scopes are what the server knows of them now.
        CallStory(.denied(403, "scope_exceeds_actor", whom: .alice)) {
            var wider = TestPolicy()
            wider.scopes.append("orders:extra")
            let stage = try Stage(wider)
            let engagement = try stage.engage { $0.with("scope", "orders:read orders:extra") }
            try stage.install(TestPolicy())
            return try stage.outcome(calling: .outbound("POST", "/orders/o-1").showing(engagement))
        },
    ]

    private static let subjects = [
        CallStory(
            CallOutcome(
                status: 403, code: "no_user_subject",
                audit: ["denied no_user_subject 403 webapp agent_456 on_behalf_of"],
                counted: ["orders orders_api no_user_subject +1"])
        ) {
            let stage = try Stage()
            let engagement = try stage.engage { $0.with("sub", "webapp") }
            return try stage.outcome(calling: .outbound().showing(engagement))
        },
        CallStory(.denied(403, "identity_estimated", whom: .alice)) {
            let stage = try Stage()
            let handle = try stage.plant { $0.confidence = .estimated([.actorSubject]) }
            return try stage.outcome(calling: .outbound().bearing(handle))
        },
        CallStory(
            .denied(403, "identity_estimated", whom: .aliceAtGeocoder, at: "orders geocoder")
        ) {
            let stage = try Stage()
            let handle = try stage.plant { $0.confidence = .estimated([.scopes]) }
            return try stage.outcome(calling: .outbound(to: "geocoder").bearing(handle))
        },
    ]

    private static func leak(_ call: @escaping @Sendable (Engagement) -> Call) -> CallStory {
        CallStory(.denied(403, "identity_leak", whom: .alice), under: .withHandles) { call($1) }
    }

    private static let leaks = [
        leak { .outbound("GET", "/orders/o-1?token=\($0.envelope)").showing($0) },
        leak { .outbound("GET", "/orders/o-1?token=\($0.handle)").bearing($0.handle) },
        leak { .outbound("GET", "/orders/\($0.handle)").bearing($0.handle) },
        leak { .outbound().showing($0).with("X-Debug", "got \($0.envelope)") },
        leak { .outbound().showing($0).with("X-Debug", String($0.envelope.suffix(40))) },
        leak { .outbound().showing($0).with("X-Api-Key", $0.handle) },
    ]
}
