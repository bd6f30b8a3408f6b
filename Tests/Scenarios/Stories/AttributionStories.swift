import HTTPWire
import NIOCore
import TestSupport

@testable import DataPlane

/// Calls of nobody, and calls that belong to no request or to another one.
enum AttributionStories {
    static let all = presenters + proofs + envelopes + lives

    private static let presenters = [
        CallStory(.denied(403, "presenter_unknown", at: "- -")) { _, engagement in
            .outbound(secret: String(repeating: "A", count: 43)).showing(engagement)
        },
        CallStory(.denied(403, "presenter_unknown", at: "- -")) { _, engagement in
            Call.outbound().at("/orders_api/orders/o-1").showing(engagement)
        },
        CallStory(.denied(403, "presenter_unknown", at: "- -")) { _, engagement in
            Call.outbound().at("/").showing(engagement)
        },
    ]

    private static let proofs = [
        CallStory(
            CallOutcome(
                status: 429, code: "too_many_failures", audit: [], counted: ["orders orders_api too_many_failures +1"])
        ) {
            let stage = try Stage()
            let caller = try stage.caller()
            for _ in 0..<SecondBudget.perSecond { try caller.send(.outbound()) }
            return try stage.outcome(calling: .outbound())
        },
        CallStory(.denied(403, "unattributed")) { _, _ in .outbound() },
        CallStory(.denied(403, "unattributed")) { _, _ in
            .outbound().bearing("eieh_" + String(repeating: "A", count: 43))
        },
        CallStory(.denied(403, "ambiguous"), under: .withHandles) { stage, alice in
            let bob = try stage.engage { $0.with("sub", "bob") }
            return .outbound().showing(alice).bearing(bob.handle)
        },
        CallStory(.denied(403, "envelope_invalid", "repeated")) { _, engagement in
            .outbound().showing(engagement).showing(engagement)
        },
        CallStory(.denied(403, "envelope_invalid", "repeated"), under: .withHandles) { _, engagement in
            .outbound().bearing(engagement.handle).bearing(engagement.handle)
        },
    ]

    private static let envelopes = [
        CallStory(.denied(403, "envelope_invalid", "envelope_signature")) { _, engagement in
            .outbound().showing(String(engagement.envelope.dropLast(3)) + "AAA")
        },
        CallStory(.denied(403, "envelope_invalid", "envelope_not_compact")) { _, _ in .outbound().showing("x") },
        CallStory(.denied(403, "envelope_expired", "envelope_expired")) {
            let stage = try Stage(upstream: Self.patient)
            let engagement = try stage.engage()
            stage.pass(.seconds(305))
            return try stage.outcome(calling: .outbound().showing(engagement))
        },
        // A handle has no audience that would be wrong before its transaction is looked up.
        CallStory(.denied(403, "envelope_invalid", "wrong_presenter", at: "billing orders_api")) {
            var policy = TestPolicy.withBilling
            policy.server = ["upstream_auth: handle"]
            let stage = try Stage(policy)
            let handle = try stage.engage().handle
            return try stage.outcome(
                calling: .outbound(secret: ScriptedEgress.secret(of: "billing")).bearing(handle))
        },
    ]

    /// Longer than an envelope lives.
    static var patient: UpstreamLimits {
        var limits = UpstreamLimits()
        limits.firstByteTimeout = .hours(2)
        return limits
    }

    private static let lives = [
        CallStory(.denied(403, "txn_closed")) { stage, engagement in
            try stage.answer(engagement)
            stage.pass(.seconds(3))
            return .outbound().showing(engagement)
        },
        CallStory(.denied(429, "call_budget"), under: .limiting("transaction_calls: 1")) { stage, engagement in
            try stage.caller().send(.outbound().showing(engagement))
            return .outbound().showing(engagement)
        },
        CallStory(.denied(429, "call_concurrency"), under: .limiting("transaction_concurrent_calls: 1")) {
            stage, engagement in
            stage.services.reply = nil
            try stage.caller().send(.outbound().showing(engagement))
            return .outbound().showing(engagement)
        },
    ]
}
