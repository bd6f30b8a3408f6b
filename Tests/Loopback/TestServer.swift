import HTTPCodec
import HTTPWire
import StrictCoding
import TestSupport

/// An MCP server that knows nothing of identity: answers every message, remembers every byte, and can be made to take
/// its time.
final class TestServer: Sendable {
    let site: Site
    private let heard: Shared<[Heard]>
    private let isHeld: Shared<Bool>
    private let gate: Gate

    struct Heard: Sendable {
        let path: String
        let fields: FieldBlock
        let body: [UInt8]

        /// Everything that was received, for a search.
        var bytes: [UInt8] {
            var all = Array(path.utf8)
            for index in 0..<fields.count {
                all += Array(fields.name(at: index)) + [0x3A] + Array(fields.value(at: index)) + [0x0A]
            }
            return all + body
        }

        func value(_ name: StaticString) -> String? {
            fields.first(name).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    init(security: ListenerSecurity? = nil) throws {
        let (heard, isHeld, gate) = (Shared<[Heard]>([]), Shared(false), Gate())
        (self.heard, self.isHeld, self.gate) = (heard, isHeld, gate)
        site = try Site(security: security) { request in
            heard.change { $0.append(Heard(path: request.path, fields: request.fields, body: request.body)) }
            // A stream to listen to, on which nothing ever comes.
            if request.method == .get, request.path == "/mcp" {
                let (stream, source) = AsyncStream.makeStream(of: [UInt8].self)
                source.yield(Array(": hello\n\n".utf8))
                return ServiceResponse(status: 200, fields: [("Content-Type", "text/event-stream")], stream: stream)
            }
            if isHeld.value { await gate.pass() }
            let document = try? JSONDocument(parsing: request.body, limits: .message)
            let id = document?.root["id"].map { String(decoding: $0.source, as: UTF8.self) } ?? "null"
            return .json(#"{"jsonrpc":"2.0","id":\#(id),"result":{"content":[{"type":"text","text":"done"}]}}"#)
        }
    }

    /// Every request so far, in order.
    var requests: [Heard] { heard.value }

    func hold() {
        isHeld.value = true
    }

    /// Returns when a request is held.
    func waitUntilHolding() async {
        await gate.waitForVisitor()
    }

    func release() async {
        isHeld.value = false
        await gate.open()
    }
}

/// Holds whoever comes until it is opened.
actor Gate {
    private var visitors: [CheckedContinuation<Void, Never>] = []
    private var watchers: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        await withCheckedContinuation { visitor in
            visitors.append(visitor)
            for watcher in watchers { watcher.resume() }
            watchers = []
        }
    }

    func waitForVisitor() async {
        guard visitors.isEmpty else { return }
        await withCheckedContinuation { watchers.append($0) }
    }

    func open() {
        for visitor in visitors { visitor.resume() }
        visitors = []
    }
}
