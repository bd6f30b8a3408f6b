import HTTPCodec
import NIOCore
import NIOEmbedded

@testable import HTTPWire

/// One server connection without a socket, with time in the test's hand.
final class EmbeddedServer {
    static let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    let loop = EmbeddedEventLoop()
    let channel: EmbeddedChannel
    let registry: ConnectionRegistry
    let reads = ReadCounter()
    private var pieces: [String] = []

    init(_ handler: RecordingHandler, limits: WireLimits = WireLimits()) throws {
        registry = ConnectionRegistry(eventLoop: loop, limits: limits, budget: ConnectionBudget(limit: 10))
        registry.date = DateStamp { 784_111_777 }
        channel = EmbeddedChannel(loop: loop)
        try channel.pipeline.syncOperations.addHandlers([
            reads, ServerConnection(registry: registry, handler: handler),
        ])
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    var isOpen: Bool { channel.isActive }

    func send(_ text: String) throws {
        guard channel.isActive, !text.isEmpty else { return }
        try channel.writeInbound(ByteBuffer(string: text))
    }

    func sendEach(_ text: String) throws {
        for byte in text.utf8 where channel.isActive { try channel.writeInbound(ByteBuffer(bytes: [byte])) }
    }

    func closeInput() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    /// What left since the last call, piece by piece, empty ones and the date left out.
    func takePieces() throws -> [String] {
        var taken: [String] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            if buffer.readableBytes > 0 {
                taken.append(String(buffer: buffer).removing(Self.date))
            }
        }
        return taken
    }

    func take() throws -> String {
        try takePieces().joined()
    }

    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    func finish() {
        _ = try? channel.finish(acceptAlreadyClosed: true)
        loop.run()
    }
}

/// Counts the reads that reach the channel.
final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = Never
    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}

extension String {
    /// The text without any occurrence of `part`, by bytes: CRLF is one Character.
    func removing(_ part: String) -> String {
        let wanted = Array(part.utf8)
        var rest: [UInt8] = []
        for byte in utf8 {
            rest.append(byte)
            if rest.suffix(wanted.count).elementsEqual(wanted) { rest.removeLast(wanted.count) }
        }
        return text(rest)
    }
}
