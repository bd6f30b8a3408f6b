import HTTPWire
import TestSupport

/// What a service does that cannot be passed on, and callers that do not wait for it.
enum DownstreamStories {
    static let all = connections + answers + credentials

    private static let connections = [
        CallStory(.failed(502, "downstream_unreachable")) { stage, engagement in
            stage.services.manner = .refuses
            return .outbound().showing(engagement)
        },
        CallStory(.failed(403, "downstream_address_refused")) { stage, engagement in
            stage.services.manner = .refuses
            stage.services.refusal = UpstreamFailure.addressRefused
            return .outbound().showing(engagement)
        },
        CallStory(.failed(502, "downstream_untrusted")) { stage, engagement in
            stage.services.manner = .refuses
            stage.services.refusal = UpstreamFailure.tls(.unknownAuthority)
            return .outbound().showing(engagement)
        },
        CallStory(.failed(504, "downstream_timeout")) {
            let stage = try Stage()
            let handle = try stage.plant()
            stage.services.reply = nil
            return try stage.outcome(calling: .outbound().bearing(handle)) { _ in stage.pass(.seconds(301)) }
        },
        CallStory(.failed(504, "downstream_timeout")) {
            let stage = try Stage()
            let engagement = try stage.engage()
            stage.services.manner = .ignores
            return try stage.outcome(calling: .outbound().showing(engagement)) { _ in stage.pass(.seconds(6)) }
        },
        // The one connection there is was taken before, so nothing is heard of this call.
        CallStory(.failed(503, "downstream_overloaded", served: false, asked: 0)) {
            var limits = UpstreamLimits()
            (limits.connections, limits.queue) = (1, 0)
            let stage = try Stage(upstream: limits)
            let engagement = try stage.engage()
            stage.services.reply = nil
            try stage.caller().send(.outbound().showing(engagement))
            return try stage.outcome(calling: .outbound().showing(engagement))
        },
        CallStory(.failed(502, "downstream_closed")) {
            let stage = try Stage()
            let engagement = try stage.engage()
            stage.services.reply = nil
            return try stage.outcome(calling: .outbound().showing(engagement)) { _ in stage.services.close() }
        },
        CallStory(gone) {
            let stage = try Stage()
            let engagement = try stage.engage()
            stage.services.reply = nil
            return try stage.outcome(calling: .outbound().showing(engagement)) { $0.leave() }
        }.named("caller_gone"),
    ]

    /// Nobody is there to be answered.
    static var gone: CallOutcome {
        var outcome = CallOutcome.failed(499, "caller_gone")
        (outcome.status, outcome.code) = (0, "")
        return outcome
    }

    private static func answer(_ code: String, _ reply: String) -> CallStory {
        CallStory(.failed(502, code)) { stage, engagement in
            stage.services.reply = reply
            return .outbound().showing(engagement)
        }
    }

    private static let answers = [
        answer("downstream_malformed", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        answer("downstream_malformed", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"),
        answer(
            "downstream_malformed",
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
        ),
        answer(
            "downstream_malformed",
            "HTTP/1.1 200 OK\r\nX-Filler: " + String(repeating: "a", count: 64 << 10) + "\r\n\r\n"),
        answer(
            "downstream_redirected", "HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n"
        ),
    ]

    static let unauthorized =
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"api\"\r\nContent-Length: 0\r\n\r\n"

    private static let credentials = [
        // Nobody knows what came of it: it is not made twice.
        CallStory(.failed(502, "credential_rejected")) { stage, engagement in
            stage.services.reply = unauthorized
            return .outbound("POST", "/orders/o-1").showing(engagement)
        },
        CallStory(twice) { stage, engagement in
            stage.services.reply = unauthorized
            return .outbound().showing(engagement)
        },
        // A fixed one has no successor.
        CallStory(.failed(502, "credential_rejected", whom: .aliceAtGeocoder, at: "orders geocoder", asked: 0)) {
            stage, engagement in
            stage.services.reply = unauthorized
            return .outbound(to: "geocoder").showing(engagement)
        },
    ]

    private static var twice: CallOutcome {
        var outcome = CallOutcome.failed(502, "credential_rejected", asked: 2)
        outcome.counted.append("retries +1")
        return outcome
    }
}
