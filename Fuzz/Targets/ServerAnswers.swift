import Admission
import HTTPCodec
import StrictCoding

/// MCP servers' answers to Alice: what reaches her client is on a short list, and holds nothing of the envelope, the
/// handle or the server's session id.
///
/// The input is a response, in which `@JTI@`, `@MARK@` and `@ENVELOPE@` stand for parts of the envelope.
enum ServerAnswers {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let world = World.shared
        guard let head = Requests.usualHead,
            let sent = Requests.forward(head, Requests.call, token: world.alice, epoch: world.epoch)
        else { throw BrokenPromise("the usual request is refused") }
        let octets = input.replacing("@ENVELOPE@", with: sent.marks[0]).replacing("@JTI@", with: sent.marks[1])
            .replacing("@MARK@", with: sent.marks[2])
        guard let answer = try Requests.answered(octets), let relay = try? sent.filter.filter(answer) else { return }
        try promise(relay.status == answer.status, "another status")
        try promise(![401, 403, 407].contains(relay.status) && !(300...399).contains(relay.status), "\(relay.status)")
        var names: Set<String> = []
        for index in 0..<relay.fields.count {
            let name = SentFields.canonical(relay.fields.name(at: index))
            let value = Array(relay.fields.value(at: index))
            try promise(passed.contains(name), "`\(name)` was let through")
            for mark in sent.marks + [Array("eieh_".utf8)] {
                try promise(!value.contains(mark), "`\(name)` betrays the envelope or the handle")
            }
            if name == "mcp-session-id" {
                try promise(names.insert(name).inserted, "two sessions")
                let principal = sent.request.principal
                let opened = world.epoch.sessions.open(value, server: "orders", principal: principal)
                try promise(opened == answer.fields.first("mcp-session-id").map { Array($0) }, "another session")
            }
        }
        try promise(relay.fields.contains("cache-control"), "an answer that may be stored")
        let type = String(decoding: answer.fields.first("content-type") ?? [], as: UTF8.self).lowercased()
        try promise(relay.isEventStream == type.hasPrefix("text/event-stream"), "a stream or none: \(type)")
    }

    private static let passed: Set<String> = [
        "allow", "expires", "retry-after", "content-type", "cache-control", "content-encoding", "content-language",
        "mcp-protocol-version", "mcp-session-id", "x-accel-buffering",
    ]
}
