import NIOCore
import NIOPosix
import Synchronization

/// A client that says exactly what the test says, and remembers every byte it hears.
final class RawClient: Sendable {
    private struct Heard {
        var bytes: [UInt8] = []
        var inputIsClosed = false
        var isReset = false
    }

    private final class Memory: Sendable {
        let heard = Mutex(Heard())
    }

    private let channel: any Channel
    private let memory: Memory

    private init(_ channel: any Channel, _ memory: Memory) {
        self.channel = channel
        self.memory = memory
    }

    /// - Parameter reads: false leaves everything in the kernel until `startReading`.
    static func connect(to address: SocketAddress, reads: Bool = true) async throws -> RawClient {
        let memory = Memory()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Ear(memory))
                }
            }
            .connect(to: address).get()
        return RawClient(channel, memory)
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Sends without waiting for it to leave.
    func push(_ bytes: ByteBuffer) {
        channel.writeAndFlush(bytes, promise: nil)
    }

    func startReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    func shutdownOutput() async throws {
        try await channel.close(mode: .output).get()
    }

    func close() async {
        try? await channel.close().get()
    }

    var received: [UInt8] { memory.heard.withLock { $0.bytes } }
    var isReset: Bool { memory.heard.withLock { $0.isReset } }
    var sawEnd: Bool { memory.heard.withLock { $0.inputIsClosed || $0.isReset } }

    /// Waits until that was received in full.
    func wait(for part: String) async throws {
        let wanted = Array(part.utf8)
        try await eventually("\(part) in \(text(received))") { self.received.contains(subsequence: wanted) }
    }

    func waitForEnd() async throws {
        try await eventually("the end after \(text(received.suffix(200)))") { self.sawEnd }
    }

    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let memory: Memory

        init(_ memory: Memory) {
            self.memory = memory
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            memory.heard.withLock { $0.bytes.append(contentsOf: buffer.readableBytesView) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .some(.inputClosed) = event as? ChannelEvent { memory.heard.withLock { $0.inputIsClosed = true } }
        }

        func channelInactive(context: ChannelHandlerContext) {
            memory.heard.withLock { $0.inputIsClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            memory.heard.withLock { $0.isReset = true }
        }
    }
}

struct NotInTime: Error, CustomStringConvertible {
    let description: String
}

/// Waits for something that other threads bring about; ten seconds are for a machine under load, not for the code.
func eventually(_ what: @autoclosure () -> String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<2_000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw NotInTime(description: what())
}

extension [UInt8] {
    func contains(subsequence wanted: [UInt8]) -> Bool {
        guard count >= wanted.count else { return false }
        return (0...(count - wanted.count)).contains { self[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }

    func occurrences(of wanted: String) -> Int {
        let wanted = [UInt8](wanted.utf8)
        guard count >= wanted.count else { return 0 }
        return (0...(count - wanted.count)).count { self[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }
}
