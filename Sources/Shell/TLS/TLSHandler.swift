import HTTPWire
import NIOCore

/// TLS in front of a connection's handlers, which see plaintext and the same events as over TCP: bursts of reads end
/// with `channelReadComplete`, reads happen when they ask for them, promises are kept by the kernel, and the channel's
/// writability is that of the bytes on their way.
///
///     handshaking ──▶ (verdict, clients only) ──▶ open ──▶ closed
///          └── failed ──▶ parting, while the peer reads why ──▶ closed
///
/// Nothing that arrived is held back once the connection is open, so that whoever pauses reads pauses the peer; and
/// nothing that was flushed is, so that the channel's own bounds count. Loop-confined.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Outcome: Sendable {
        case established(isResumed: Bool)
        case failed(TLSFault)
    }

    enum Phase {
        case handshaking
        /// The handshake is over, and a server that asked for a certificate may still refuse ours (RFC 8446, section
        /// 4.4.2.4: a client learns it only afterwards).
        case verdict
        case open
        /// The handshake failed, and the peer gets time to read the alert.
        case parting
        case closed
    }

    /// What a handshake may send us; larger certificates than this are no certificates.
    static let handshakeBytes = 128 * 1024
    /// How long a server's silence takes to be consent. One that issues tickets, as nearly all do, breaks it at once.
    private static let verdictTimeout = TimeAmount.milliseconds(500)

    let session: TLSSession
    let side: TLSContext.Side
    var phase = Phase.handshaking
    var context: ChannelHandlerContext?
    var plaintext = PlaintextQueue()
    var flushIsDue = false
    var outputIsClosed = false
    /// The peer said that it will send nothing more.
    var inputIsClosed = false
    /// That was read in the burst that is being read.
    var inputEndIsDue = false
    var partingLeft = 64 * 1024
    var wakeUp: Scheduled<Void>?

    private let timeout: TimeAmount
    private var whenShaken: (@Sendable (Outcome) -> Void)?
    private var handshakeLeft = TLSHandler.handshakeBytes
    /// A client's channel gets its handlers after the handshake; the first who reads shows that they are there.
    private var isRead: Bool

    /// - Parameters:
    ///   - timeout: for the handshake.
    ///   - whenShaken: told once what became of it.
    init(
        session: TLSSession, side: TLSContext.Side, timeout: TimeAmount,
        whenShaken: @escaping @Sendable (Outcome) -> Void
    ) {
        self.session = session
        self.side = side
        self.timeout = timeout
        self.whenShaken = whenShaken
        isRead = side == .server
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        conclude(context)
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        let wasOpen = if case .open = phase { true } else { false }
        conclude(context)
        // Whoever cuts the connection could make a part look like the whole (RFC 8446, section 6.1).
        if wasOpen, !inputIsClosed { context.fireErrorCaught(TLSFault.closed) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .handshaking = phase, side == .client { return fail(.closed, context) }
        context.fireErrorCaught(error)
    }

    func report(_ outcome: Outcome) {
        whenShaken.take()?(outcome)
    }

    // MARK: Handshake

    private func begin(_ context: ChannelHandlerContext) {
        guard case .handshaking = phase, wakeUp == nil else { return }
        wake(in: timeout, context)
        shake(context)
        if side == .client { context.read() }
    }

    private func shake(_ context: ChannelHandlerContext) {
        let step = session.handshake()
        switch step {
        case .starved:
            sendOutput(context)
            if handshakeLeft < 0 { fail(.violation(alert: nil), context) }
        case .done:
            sendOutput(context)
            if case .handshaking = phase { shaken(context) }
        case .closed:
            fail(.closed, context)
        case .failed(let fault):
            fail(fault, context)
        }
    }

    private func shaken(_ context: ChannelHandlerContext) {
        if side == .client, session.wasAskedForCertificate, session.isTLS13 {
            phase = .verdict
            wake(in: Self.verdictTimeout, context)
            awaitVerdict(context)
        } else {
            open(context)
        }
    }

    private func awaitVerdict(_ context: ChannelHandlerContext) {
        switch session.look() {
        case .starved where session.messagesAfterHandshake == 0: break
        case .starved, .done, .closed: open(context)
        case .failed(let fault): fail(fault, context)
        }
    }

    private func open(_ context: ChannelHandlerContext) {
        phase = .open
        wakeUp.take()?.cancel()
        report(.established(isResumed: session.isResumed))
        if flushIsDue {
            flushIsDue = false
            flush(context: context)
        }
        if isRead, case .open = phase { deliver(context) }
    }

    private func wake(in delay: TimeAmount, _ context: ChannelHandlerContext) {
        wakeUp?.cancel()
        wakeUp = context.eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in self?.woken() }
    }

    private func woken() {
        guard let context else { return }
        switch phase {
        case .handshaking:
            phase = .closed
            report(.failed(.handshakeTimeout))
            context.close(promise: nil)
        case .verdict: open(context)
        case .parting: context.close(promise: nil)
        case .open, .closed: break
        }
    }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        switch phase {
        case .handshaking:
            handshakeLeft -= bytes.readableBytes
            session.bio.receive(bytes)
            shake(context)
        case .verdict:
            session.bio.receive(bytes)
            awaitVerdict(context)
        case .open:
            // What follows the peer's last word has no meaning (RFC 8446, section 6.1).
            guard !inputIsClosed else { return }
            session.bio.receive(bytes)
            if isRead { deliver(context) }
        case .parting:
            partingLeft -= bytes.readableBytes
            if partingLeft < 0 { context.close(promise: nil) }
        case .closed:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if inputEndIsDue { inputEnded(context) }
        switch phase {
        // Nobody else asks for them yet.
        case .handshaking where side == .client, .verdict: context.read()
        case .handshaking, .open, .parting, .closed: break
        }
    }

    func read(context: ChannelHandlerContext) {
        if case .open = phase, !isRead {
            isRead = true
            deliver(context)
            context.fireChannelReadComplete()
            if inputEndIsDue { inputEnded(context) }
        }
        context.read()
    }

    private func deliver(_ context: ChannelHandlerContext) {
        var bytes = ByteBuffer()
        let step = session.read(into: &bytes)
        sendOutput(context)
        if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(bytes)) }
        switch step {
        case .starved, .done:
            break
        case .closed:
            inputIsClosed = true
            inputEndIsDue = true
        case .failed(let fault):
            guard case .open = phase else { return }
            outputIsClosed = true
            context.fireErrorCaught(fault)
            context.close(promise: nil)
        }
    }
}
