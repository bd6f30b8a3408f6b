import HTTPCodec
import NIOCore
import NIOEmbedded

@testable import HTTPWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A pool whose connections are embedded channels: the test is every upstream, and owns the time.
final class EmbeddedUpstreams {
    let loop = EmbeddedEventLoop()
    let pool: UpstreamPool
    private let dialled: NIOLoopBoundBox<[Dialled]>

    /// One attempt to connect.
    final class Dialled {
        let channel: EmbeddedChannel
        let endpoint: Endpoint
        let reads = ReadCounter()
        private let promise: EventLoopPromise<any Channel>

        init(_ endpoint: Endpoint, loop: EmbeddedEventLoop, promise: EventLoopPromise<any Channel>) {
            self.endpoint = endpoint
            self.promise = promise
            channel = EmbeddedChannel(loop: loop)
            try? channel.pipeline.syncOperations.addHandler(reads)
        }

        func accept() throws {
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
            promise.succeed(channel)
        }

        func refuse(_ error: any Error = ChannelError.ioOnClosedChannel) {
            promise.fail(error)
        }

        func send(_ text: String) throws {
            if channel.isActive, !text.isEmpty { try channel.writeInbound(ByteBuffer(string: text)) }
        }

        /// Everything since the last call.
        func take() throws -> String {
            var all = ""
            while let buffer = try channel.readOutbound(as: ByteBuffer.self) { all += String(buffer: buffer) }
            return all
        }

        func close() {
            channel.close(promise: nil)
        }

        func reset() {
            channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNRESET, reason: "read"))
        }

        var isOpen: Bool { channel.isActive }
    }

    init(limits: UpstreamLimits = UpstreamLimits(), accepting: Bool = true) {
        let loop = loop
        let dialled = NIOLoopBoundBox<[Dialled]>([], eventLoop: loop)
        self.dialled = dialled
        pool = UpstreamPool(
            eventLoop: loop, limits: limits,
            connector: Connector { endpoint, eventLoop, _ in
                let promise = eventLoop.makePromise(of: (any Channel).self)
                let next = Dialled(endpoint, loop: loop, promise: promise)
                dialled.value.append(next)
                if accepting { try? next.accept() }
                return promise.futureResult
            })
    }

    var all: [Dialled] { dialled.value }
    subscript(index: Int) -> Dialled { dialled.value[index] }

    static let endpoint = Endpoint(host: "up.test", port: 8080)

    func start(
        _ delegate: RecordingDelegate, _ target: String = "/", method: Method = .get, body: UpstreamBody = .none,
        mayReplay: Bool = true
    ) -> UpstreamCall {
        let head = UpstreamHead(
            method: method, target: Array(target.utf8), endpoint: Self.endpoint, mayReplay: mayReplay)
        let call = pool.start(head, body: body, delegate: delegate)
        delegate.call = call
        return call
    }

    func finish() {
        pool.shutdown()
        for each in all {
            each.refuse()
            _ = try? each.channel.finish(acceptAlreadyClosed: true)
        }
        loop.run()
    }
}

/// Notes what a call tells.
final class RecordingDelegate: UpstreamDelegate {
    var trail: [String] = []
    var call: UpstreamCall?
    var onBody: (UpstreamCall?) -> Void = { _ in }
    var onEnd: () -> Void = {}

    func received(_ head: ResponseHead) { trail.append("\(head.status)") }

    func received(_ body: ByteBuffer) {
        trail.append("body \(String(buffer: body))")
        onBody(call)
    }

    func receivedBurst() { trail.append("burst") }

    func receivedEnd() {
        trail.append("end")
        onEnd()
    }

    func failed(_ failure: UpstreamFailure) {
        if case .protocolError(let error) = failure {
            trail.append("failed \(failure.code) \(error.code)")
        } else {
            trail.append("failed \(failure.code)")
        }
    }

    func uploadWritabilityChanged(_ isWritable: Bool) { trail.append(isWritable ? "writable" : "full") }
}
