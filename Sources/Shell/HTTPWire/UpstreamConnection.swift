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
    let limits: UpstreamLimits
    var context: ChannelHandlerContext?
    var deadlineStorage: LazyDeadline?
    var phase = Phase.idle
    var intake: ResponseIntake?
    let outbox: Outbox
    var framing = ContentFraming(kind: .absent)
    var uploadIsDone = true
    /// Bytes of content that the current call sent so far.
    var uploadBytes = 0
    var responseHasBegun = false
    var keepsAlive = false
    var receivedAny = false
    var callsServed = 0
    var callBegan = NIODeadline.uptimeNanoseconds(0)
    var isReading = false
    var readIsHeld = false
    var readFailed = false
    /// The channel closed; a paused reader may still have something to take.
    var inputIsOver = false
    /// When it last became idle.
    var idleSince = NIODeadline.uptimeNanoseconds(0)

    init(origin: UpstreamOrigin) {
        self.origin = origin
        limits = origin.pool.limits
        outbox = Outbox(shelf: origin.pool.shelf)
    }

    var deadline: LazyDeadline {
        guard let deadlineStorage else { preconditionFailure("a connection is used after it was added to a channel") }
        return deadlineStorage
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Whether a call may begin on it.
    var isUsable: Bool {
        if case .idle = phase { context?.channel.isActive ?? false } else { false }
    }

    // MARK: A call

    func begin(_ call: UpstreamCall) {
        guard case .idle = phase, let context else { preconditionFailure("a call begins on an idle connection") }
        phase = .calling(call)
        callsServed += 1
        callBegan = context.eventLoop.now
        receivedAny = false
        responseHasBegun = false
        uploadBytes = 0
        if intake == nil {
            intake = ResponseIntake(limits: limits.codec, answering: call.head.method)
        } else {
            intake?.expect(answering: call.head.method)
        }
        call.begin(on: self)
        deadline.set(at: callBegan + limits.firstByteTimeout)
        send(call, context)
    }

    private func send(_ call: UpstreamCall, _ context: ChannelHandlerContext) {
        let (declared, kind) = Self.delimit(call.body)
        framing = ContentFraming(kind: kind)
        uploadIsDone = true
        outbox.append { bytes in
            RequestSerializer.appendHead(
                method: call.head.method, target: call.head.target, fields: call.head.wireFields, framing: declared,
                to: &bytes)
        }
        switch call.body {
        case .none:
            flush()
        case .buffered(let content):
            append(content, to: context)
            flush()
        case .streaming:
            uploadIsDone = false
            call.writeEarlyContent()
            // Content that is at hand already leaves together with the head.
            context.eventLoop.assumeIsolated().execute { call.startUpload() }
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
        if append(content, to: context) { waitForResponse() } else { fail(.badUpload) }
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
        origin.pool.counters.upstreamBytesOut += outbox.takeSent()
        context.flush()
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
        if !responseHasBegun { deadline.set(limits.firstByteTimeout) }
    }

    func paused() {
        // However long the reader pauses, the upstream is not to blame.
        if responseHasBegun { deadline.clear() }
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

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadlineStorage = LazyDeadline(on: context.eventLoop) { [weak self] in self?.deadlineExpired() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadlineStorage?.cancel()
        self.context = nil
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard case .calling(let call) = phase, !uploadIsDone else { return }
        call.delegate?.uploadWritabilityChanged(context.channel.isWritable)
    }
}

extension UpstreamHead {
    /// The fields to send: without those of framing and connection, and `Host` first where it was left to us.
    fileprivate var wireFields: FieldBlock {
        let rest = fields.withoutWireFields()
        if rest.contains("host") { return rest }
        var all = FieldBlock(reservingBytes: 256, fields: rest.count + 1)
        do { try all.append("Host", endpoint.authority) } catch {
            preconditionFailure("an endpoint's host is plain text")
        }
        for index in 0..<rest.count { all.append(from: rest, at: index) }
        return all
    }
}
