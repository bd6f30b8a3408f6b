import HTTPWire
import TestSupport

/// What an MCP server does that cannot be passed on. The request is on record twice: as accepted, and as failed.
enum UpstreamStories {
    static let all = connections + answers + room

    private static func story(
        _ status: Int, _ code: String, _ play: @escaping @Sendable (Stage) throws -> Outcome
    ) -> Story {
        Story(code: code, outcome: .failed(status, code)) { try play(Stage()) }
    }

    private static let connections = [
        story(502, "upstream_unreachable") { stage in
            stage.server.manner = .refuses
            return try stage.outcome(of: .modern().bearing(stage.token()))
        },
        story(502, "upstream_untrusted") { stage in
            stage.server.manner = .refuses
            stage.server.refusal = UpstreamFailure.tls(.wrongName)
            return try stage.outcome(of: .modern().bearing(stage.token()))
        },
        story(504, "upstream_timeout") { stage in
            stage.server.manner = .refuses
            stage.server.refusal = UpstreamFailure.tls(.handshakeTimeout)
            return try stage.outcome(of: .modern().bearing(stage.token()))
        },
        story(504, "upstream_timeout") { stage in
            stage.server.reply = nil
            return try stage.outcome(of: .modern().bearing(stage.token())) { _ in stage.pass(.seconds(301)) }
        },
        story(502, "upstream_closed") { stage in
            stage.server.reply = nil
            return try stage.outcome(of: .modern().bearing(stage.token())) { _ in stage.server.close() }
        },
        Story(code: "client_gone", outcome: .unsent) {
            let stage = try Stage()
            stage.server.manner = .ignores
            return try stage.outcome(of: .modern().bearing(stage.token())) { $0.leave() }
        },
        Story(code: "upstream_overloaded", outcome: .failed(503, "upstream_overloaded")) {
            var limits = UpstreamLimits()
            (limits.connections, limits.queue) = (1, 0)
            let stage = try Stage(upstream: limits)
            stage.server.reply = nil
            let busy = try stage.client()
            try busy.send(.modern().bearing(stage.token()))
            var outcome = try stage.outcome(of: .modern().bearing(stage.token()))
            // The one connection there is was taken before.
            outcome.reached = true
            return outcome
        },
    ]

    private static func answer(_ status: Int, _ code: String, _ reply: @escaping @Sendable (HeardRequest) -> String)
        -> Story
    {
        story(status, code) { stage in
            stage.server.reply = nil
            return try stage.outcome(of: .modern().bearing(stage.token())) { _ in
                if let request = stage.server.requests.last { try stage.server.send(reply(request)) }
            }
        }
    }

    private static let answers = [
        answer(502, "upstream_malformed") { _ in "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n" },
        answer(502, "upstream_malformed") { _ in
            "HTTP/1.1 200 OK\r\nX-Filler: " + String(repeating: "a", count: 64 << 10) + "\r\n\r\n"
        },
        answer(502, "upstream_wants_credential") { _ in
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer resource_metadata=\"http://evil.example\"\r\nContent-Length: 0\r\n\r\n"
        },
        answer(502, "upstream_redirected") { _ in
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:3001/mcp/\r\nContent-Length: 0\r\n\r\n"
        },
        answer(502, "upstream_echoed_envelope") { request in
            let tail = String(decoding: request.envelope.suffix(40), as: UTF8.self)
            return "HTTP/1.1 200 OK\r\nContent-Type: application/json; x=\(tail)\r\nContent-Length: 2\r\n\r\n{}"
        },
    ]

    /// There is no room to work in: on record as accepted, and the server hears nothing.
    private static func noRoom(
        _ code: String, under policy: TestPolicy, _ prepare: @escaping @Sendable (Stage) throws -> Void
    ) -> Story {
        var outcome = Outcome.failed(503, code)
        outcome.reached = false
        return Story(code: code, outcome: outcome) {
            let stage = try Stage(policy)
            try prepare(stage)
            return try stage.outcome(of: .modern().bearing(stage.token()))
        }
    }

    private static let room = [
        noRoom("too_many_transactions", under: .limiting("transactions_per_principal: 1")) { _ = try $0.engage() },
        noRoom("instance_busy", under: .launching) { $0.egress.instanceFault = .busy },
        noRoom("instance_unavailable", under: .launching) { $0.egress.instanceFault = .unavailable },
    ]
}
