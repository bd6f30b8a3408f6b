import Foundation
import NIOCore
import NIOEmbedded
import StrictCoding

@testable import HTTPWire

/// The MCP server of a story, or its services: it notes every byte it hears, and gives the same answer to each request,
/// or none until told.
final class ScriptedServer {
    let pool: UpstreamPool
    /// What each request is answered with at once; `nil` leaves it to the test.
    var reply: String? = ScriptedServer.json(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
    /// What the next requests are answered with instead, each once.
    var firstReplies: [String] = []
    /// Whether connections are accepted, refused, or left unanswered.
    var manner = Manner.accepts
    /// Why connections are refused.
    var refusal: any Error = ChannelError.ioOnClosedChannel
    private(set) var requests: [HeardRequest] = []
    private(set) var heard: [UInt8] = []
    private let dialled: NIOLoopBoundBox<[Dialled]>

    enum Manner { case accepts, refuses, ignores }

    private struct Dialled {
        let endpoint: Endpoint
        let channel: EmbeddedChannel
        let promise: EventLoopPromise<any Channel>
        var isSettled = false
    }

    init(loop: EmbeddedEventLoop, limits: UpstreamLimits) {
        let dialled = NIOLoopBoundBox<[Dialled]>([], eventLoop: loop)
        self.dialled = dialled
        pool = UpstreamPool(
            eventLoop: loop, limits: limits,
            connector: Connector { endpoint, eventLoop, _ in
                let promise = eventLoop.makePromise(of: (any Channel).self)
                dialled.value.append(
                    Dialled(endpoint: endpoint, channel: EmbeddedChannel(loop: loop), promise: promise))
                return promise.futureResult
            })
    }

    static func json(_ body: String, status: String = "200 OK", fields: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static let eventStream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    /// All bytes heard, and a number for each attempt to connect, so that even a silent connection counts.
    var heardBytes: Int { heard.count + dialled.value.count }
    var connections: Int { dialled.value.count }
    /// Where connections were sought.
    var endpoints: [Endpoint] { dialled.value.map(\.endpoint) }
    var openConnections: Int { dialled.value.count { $0.channel.isActive } }

    /// Accepts, listens and answers; false when nothing happened.
    func hear() -> Bool {
        var happened = settleConnections()
        for (index, each) in dialled.value.enumerated() {
            while let buffer = try? each.channel.readOutbound(as: ByteBuffer.self) {
                guard buffer.readableBytes > 0 else { continue }
                happened = true
                heard += Array(buffer: buffer)
                guard let request = HeardRequest(Array(buffer: buffer), connection: index) else { continue }
                requests.append(request)
                let reply = firstReplies.isEmpty ? reply : firstReplies.removeFirst()
                if let reply, each.channel.isActive { _ = try? each.channel.writeInbound(ByteBuffer(string: reply)) }
            }
        }
        return happened
    }

    private func settleConnections() -> Bool {
        var happened = false
        for index in dialled.value.indices where !dialled.value[index].isSettled && manner != .ignores {
            dialled.value[index].isSettled = true
            happened = true
            let each = dialled.value[index]
            if manner == .accepts, let address = try? SocketAddress(ipAddress: "127.0.0.1", port: 3_001) {
                each.channel.connect(to: address, promise: nil)
                each.promise.succeed(each.channel)
            } else {
                each.promise.fail(refusal)
            }
        }
        return happened
    }

    /// Sends on the last connection.
    func send(_ text: String) throws {
        try dialled.value.last?.channel.writeInbound(ByteBuffer(string: text))
    }

    /// Sends on the connection of a request.
    func send(_ text: String, to request: HeardRequest) throws {
        try dialled.value[request.connection].channel.writeInbound(ByteBuffer(string: text))
    }

    /// Closes the last connection.
    func close() {
        dialled.value.last?.channel.close(promise: nil)
    }

    /// The output buffer of the last connection is full, or has room again.
    func setWritable(_ isWritable: Bool) {
        guard let channel = dialled.value.last?.channel else { return }
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }
}

/// One request as the MCP server reads it.
struct HeardRequest: Equatable {
    let line: String
    let fields: [String]
    let body: String
    /// Position of its connection.
    let connection: Int

    /// `nil` for bytes that do not begin with a request.
    init?(_ bytes: [UInt8], connection: Int) {
        self.connection = connection
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard lines[0].hasSuffix(" HTTP/1.1") else { return nil }
        line = lines[0]
        fields = Array(lines.dropFirst())
        body = String(text[end.upperBound...])
    }

    /// The values of all fields with this name, in any case.
    func values(_ name: String) -> [String] {
        fields.compactMap { field in
            guard let colon = field.firstIndex(of: ":"), field[..<colon].lowercased() == name.lowercased() else {
                return nil
            }
            return field[field.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
    }

    var names: [String] { fields.map { String($0.prefix { $0 != ":" }) } }
    var envelope: [UInt8] { Array((values("Txn-Token").first ?? "").utf8) }
    /// The bearer token, or whatever else stands there.
    var bearer: String? {
        values("Authorization").first.map { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : $0 }
    }
}
