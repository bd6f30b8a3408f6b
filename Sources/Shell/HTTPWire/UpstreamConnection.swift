import HTTPCodec
import NIOCore

/// One connection to an upstream: one call at a time, pooled in between.
///
///     idle ──begin──▶ calling ──response whole──▶ answered ──burst over, all clean──▶ idle
///       └── any byte ──────┴── failed, cancelled ─────┴── anything odd ──▶ closed
///
/// A response that is over leaves the connection in `answered` until the bytes that arrived with it are known to be
/// none: what an upstream sends unasked must never become the answer to the next call. Loop-confined.
final class UpstreamConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    enum Phase {
        case idle
        case calling(UpstreamCall)
        case answered(reusable: Bool)
        case closed
    }

    let origin: UpstreamOrigin
    var limits: UpstreamLimits { origin.pool.limits }
    @exclusivity(unchecked) var context: ChannelHandlerContext?
    @exclusivity(unchecked) var deadlineStorage: LazyDeadline?
    @exclusivity(unchecked) var phase = Phase.idle
    @exclusivity(unchecked) var intake: ResponseIntake?
    let outbox: Outbox
    @exclusivity(unchecked) var framing = ContentFraming(kind: .absent)
    @exclusivity(unchecked) var uploadIsDone = true
    /// Bytes of content that the current call sent so far.
    @exclusivity(unchecked) var uploadBytes = 0
    /// Bytes of the current call that the channel got so far.
    @exclusivity(unchecked) var requestBytes = 0
    @exclusivity(unchecked) var responseHasBegun = false
    @exclusivity(unchecked) var keepsAlive = false
    @exclusivity(unchecked) var receivedAny = false
    @exclusivity(unchecked) var callsServed = 0
    @exclusivity(unchecked) var callBegan = NIODeadline.uptimeNanoseconds(0)
    /// When the whole response is due.
    @exclusivity(unchecked) var totalDeadline = NIODeadline.distantFuture
    @exclusivity(unchecked) var isReading = false
    @exclusivity(unchecked) var readIsHeld = false
    var readFailed = false
    /// The channel closed; a paused reader may still have something to take.
    var inputIsOver = false
    /// When it last became idle.
    @exclusivity(unchecked) var idleSince = NIODeadline.uptimeNanoseconds(0)

    init(origin: UpstreamOrigin) {
        self.origin = origin
        outbox = Outbox(shelf: origin.pool.shelf)
    }

    var deadline: LazyDeadline {
        guard let deadlineStorage else { preconditionFailure("a connection is used after it was added to a channel") }
        return deadlineStorage
    }

    /// As of `ServerConnection`.
    @exclusivity(unchecked) private(set) var isWritable = false
    /// Whether the channel is open: true from before the first call to `channelInactive`.
    @exclusivity(unchecked) private(set) var isActive = false

    /// Whether a call may begin on it.
    var isUsable: Bool {
        if case .idle = phase { isActive } else { false }
    }

    /// Whether the peer closed it while it was idle, and the loop has not come to hear of it: a request that may not be
    /// sent twice would be lost. Not asked where it was idle for so short a time that it is in steady use.
    var wasLeft: Bool {
        guard let context, context.eventLoop.now - idleSince > .milliseconds(1) else { return false }
        return socket.map(HangUp.hasHappened) ?? false
    }

    // Looked for only where it is needed.
    private lazy var socket = context.flatMap { HangUp.socket(of: $0.channel) }

    // MARK: A call

    func begin(_ call: UpstreamCall) {
        guard case .idle = phase, let context else { preconditionFailure("a call begins on an idle connection") }
        phase = .calling(call)
        callsServed += 1
        callBegan = context.eventLoop.now
        receivedAny = false
        responseHasBegun = false
        uploadBytes = 0
        requestBytes = 0
        if intake == nil {
            intake = ResponseIntake(limits: limits.codec, answering: call.head.method)
        } else {
            intake?.expect(answering: call.head.method)
        }
        call.begin(on: self)
        totalDeadline = limits.totalTimeout.map { callBegan + $0 } ?? .distantFuture
        expect(by: callBegan + limits.firstByteTimeout)
        send(call, context)
    }

    private func send(_ call: UpstreamCall, _ context: ChannelHandlerContext) {
        let (declared, kind) = Self.delimit(call.body)
        framing = ContentFraming(kind: kind)
        uploadIsDone = true
        append(call.head, framing: declared)
        switch call.body {
        case .none:
            flush()
        case .buffered(let content):
            append(content, to: context)
            flush()
        case .streaming:
            uploadIsDone = false
            call.writeEarlyContent()
            if call.callerFlushes, origin.pool.isStarting { return }
            // Content that is at hand already leaves together with the head.
            context.eventLoop.assumeIsolated().execute { call.startUpload() }
        }
    }

    private func append(_ head: UpstreamHead, framing: BodyFraming) {
        head.target.withUnsafeBufferPointer { target in
            let size = RequestSerializer.headSize(
                method: head.method, target: target, host: origin.authority, fields: head.fields)
            outbox.append(upTo: size) { memory in
                RequestSerializer.writeHead(
                    method: head.method, target: target, host: origin.authority, fields: head.fields, framing: framing,
                    to: memory)
            }
        }
    }

    private static func delimit(_ body: UpstreamBody) -> (BodyFraming, ContentFraming.Kind) {
        switch body {
        case .none: (.none, .absent)
        case .buffered(let content): (.length(content.readableBytes), .length(left: content.readableBytes))
        case .streaming(let length?): (.length(length), .length(left: length))
        case .streaming(nil): (.chunked, .chunked)
        }
    }

    func write(_ content: ByteBuffer) {
        guard case .calling = phase, !uploadIsDone, let context else { return }
        if !append(content, to: context) { fail(.badUpload) }
    }

    /// False, and nothing appended, where the content would become longer than declared.
    @discardableResult
    private func append(_ content: ByteBuffer, to context: ChannelHandlerContext) -> Bool {
        guard let kind = framing.admit(content.readableBytes) else { return false }
        uploadBytes += content.readableBytes
        outbox.append(content, as: kind, to: context)
        return true
    }

    func flush() {
        guard let context else { return }
        outbox.hand(to: context)
        let sent = outbox.takeSent()
        requestBytes += sent
        origin.pool.counters.upstreamBytesOut += sent
        context.flush()
        if case .calling = phase, !uploadIsDone { waitForResponse() }
    }

    func endUpload() {
        guard case .calling = phase, !uploadIsDone else { return }
        guard framing.mayEnd else { return fail(.badUpload) }
        if framing.kind == .chunked { outbox.append(ChunkSerializer.lastChunk) }
        uploadIsDone = true
        flush()
        waitForResponse()
    }

    /// While the request is on its way the first byte of the response is due some time after its latest piece.
    private func waitForResponse() {
        guard !responseHasBegun, let context else { return }
        expect(by: context.eventLoop.now + limits.firstByteTimeout)
    }

    /// Sets the deadline for the next byte, if any, or for the last one, whichever comes first.
    func expect(by time: NIODeadline?) {
        // A paused reader takes what is left after the connection is gone: by then nothing is late.
        guard isActive else { return }
        let due = min(time ?? .distantFuture, totalDeadline)
        if due == .distantFuture { deadline.clear() } else { deadline.set(at: due) }
    }

    func paused() {
        // However long the reader pauses, the upstream is not to blame.
        if responseHasBegun { expect(by: nil) }
    }

    func resumed() {
        guard case .calling(let call) = phase else { return }
        advance()
        if inputIsOver {
            call.delegate?.receivedBurst()
            inputEnded()
        } else if !isReading {
            burstEnded()
        }
    }

    /// The deadline does not keep this alive, and must not outlive it.
    deinit { deadlineStorage?.cancel() }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = context.channel.isWritable
        isActive = context.channel.isActive
        deadlineStorage = LazyDeadline(on: context.eventLoop) { [unowned self] in deadlineExpired() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadlineStorage?.cancel()
        closed()
        self.context = nil
    }

    func closed() {
        isActive = false
        isWritable = false
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        guard case .calling(let call) = phase, !uploadIsDone else { return }
        call.delegate?.uploadWritabilityChanged(isWritable)
    }
}
