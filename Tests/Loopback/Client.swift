import Foundation
import HTTPWire
import NIOCore
import NIOPosix
import StrictCoding
import Synchronization
import Testing

/// One connection of a client: says what the test says, one request after the other, and reads answers of known length.
final class Client: Sendable {
    struct Answer: Sendable {
        let status: Int
        /// Names in lower case.
        let fields: [(name: String, value: String)]
        let body: [UInt8]
        /// Everything that was received.
        let bytes: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }

        func json() throws -> JSONValue { try JSONDocument(parsing: body, limits: .message).root }
    }

    private let channel: any Channel
    private let ear: Ear
    private let host: String

    /// - Parameters:
    ///   - host: what `Host` says.
    ///   - security: how the gateway proves to be `127.0.0.1`; `nil` for plain HTTP.
    static func connect(_ port: Int, host: String, security: UpstreamSecurity? = nil) async throws -> Client {
        let ear = Ear()
        if let security {
            let endpoint = Endpoint(host: "127.0.0.1", port: port, security: security)
            let channel = try await Connector.tcp()
                .connect(endpoint, MultiThreadedEventLoopGroup.singleton.any(), .seconds(5)).get()
            try await channel.pipeline.addHandler(Listening(ear))
            try await channel.setOption(.autoRead, value: true).get()
            return Client(channel, ear, host)
        }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(Listening(ear)) }
            .connect(host: "127.0.0.1", port: port).get()
        return Client(channel, ear, host)
    }

    private init(_ channel: any Channel, _ ear: Ear, _ host: String) {
        (self.channel, self.ear, self.host) = (channel, ear, host)
    }

    /// Sends a request and waits for the whole answer.
    func ask(
        _ method: String, _ target: String, fields: [(String, String)] = [], body: String? = nil
    ) async throws -> Answer {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await send(text + "\r\n" + (body ?? ""))
        return try await answer(hasBody: method != "HEAD")
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    func answer(hasBody: Bool = true) async throws -> Answer {
        var seen = 0
        while true {
            if let answer = ear.take({ Self.parse(&$0, hasBody: hasBody) }) { return answer }
            let (count, isEnded) = await ear.more(than: seen)
            guard count > seen || !isEnded else { throw ClosedEarly() }
            seen = count
        }
    }

    /// Returns when the other side has closed the connection.
    func waitForEnd() async {
        while await !ear.more(than: .max).isEnded {}
    }

    func close() async {
        try? await channel.close().get()
    }

    private static func parse(_ bytes: inout [UInt8], hasBody: Bool) -> Answer? {
        let end = Array("\r\n\r\n".utf8)
        guard let headEnd = (0..<max(0, bytes.count - 3)).first(where: { bytes[$0..<$0 + 4].elementsEqual(end) }) else {
            return nil
        }
        let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).components(separatedBy: "\r\n")
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: parts[0].lowercased(), value: parts.count == 2 ? parts[1].drop { $0 == " " }.description : "")
        }
        let length = hasBody ? fields.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0 : 0
        guard bytes.count >= headEnd + 4 + length, let status = Int(lines[0].split(separator: " ")[1]) else {
            return nil
        }
        let whole = Array(bytes[..<(headEnd + 4 + length)])
        bytes.removeFirst(whole.count)
        return Answer(status: status, fields: fields, body: Array(whole[(headEnd + 4)...]), bytes: whole)
    }
}

struct ClosedEarly: Error {}

/// What a connection has heard and nobody has taken yet.
private final class Ear: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func take<Result: Sendable>(_ body: @Sendable (inout [UInt8]) -> Result?) -> Result? {
        state.withLock { body(&$0.bytes) }
    }

    /// Waits for more bytes than `count`, or for the end.
    func more(than count: Int) async -> (count: Int, isEnded: Bool) {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.bytes.count > count || state.isEnded { return true }
                state.waiting.append(continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { ($0.bytes.count, $0.isEnded) }
    }

    func hear(_ bytes: [UInt8], isEnd: Bool = false) {
        let waiting = state.withLock { state in
            state.bytes += bytes
            state.isEnded = state.isEnded || isEnd
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

private final class Listening: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    private let ear: Ear

    init(_ ear: Ear) {
        self.ear = ear
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        ear.hear(Array(unwrapInboundIn(data).readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) {
        ear.hear([], isEnd: true)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
