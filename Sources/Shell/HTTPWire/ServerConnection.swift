import HTTPCodec
package import NIOCore

/// One client connection, from bytes to `RequestHandler` and back. It expects plain bytes: TLS is a handler in front of
/// it.
///
///     waiting ──byte──▶ head ──head──▶ exchange ──response ended──▶ waiting
///        └─────────────────────┴── refused, or not kept alive ──▶ finishing ──sent──▶ lingering ──▶ closed
///
/// One exchange at a time: bytes of further requests wait in `intake`, and beyond a bound in the kernel. Loop-confined.
///
/// What is touched several times per request is `@exclusivity(unchecked)`, here and in the other classes of this room:
/// only the loop's thread ever touches it, and nothing that is called while it is being changed comes back to it, so that
/// the check at run time, a tenth of all instructions of a request, could find nothing.
package final class ServerConnection: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Between requests, or before the first.
        case waiting
        /// Part of a head has arrived.
        case head
        case exchange(ServerExchange)
        /// The last response is on its way to the kernel.
        case finishing(lingers: Bool)
        /// Everything is said; input is dropped until the client has read it and closes.
        case lingering
        case closed
    }

    enum Wait { case nothing, content, output }

    let registry: ConnectionRegistry
    let handler: any RequestHandler
    var limits: WireLimits { registry.limits }
    @exclusivity(unchecked) var phase = Phase.waiting
    @exclusivity(unchecked) var intake: RequestIntake
    let outbox: Outbox
    @exclusivity(unchecked) var inputIsClosed = false
    /// Whether there was a request already.
    @exclusivity(unchecked) var hasAsked = false
    /// What the deadline of the current exchange is for.
    @exclusivity(unchecked) var wait = Wait.nothing
    /// Content received since the deadline was last set for it.
    @exclusivity(unchecked) var progress = 0
    /// Bytes the channel still held when the write deadline was set.
    var backlog = 0
    /// What may still be read and dropped before the connection is closed hard.
    var lingerLeft: Int
    @exclusivity(unchecked) private(set) var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var deadlineStorage: LazyDeadline?
    @exclusivity(unchecked) private var isAdvancing = false
    /// Within a burst of reads, whose end flushes once.
    @exclusivity(unchecked) private var isReading = false
    @exclusivity(unchecked) private var flushIsDue = false
    /// A read that the channel asked for and we have held back.
    @exclusivity(unchecked) private var readIsHeld = false

    package init(registry: ConnectionRegistry, handler: any RequestHandler) {
        self.registry = registry
        self.handler = handler
        lingerLeft = registry.limits.lingerBytes
        intake = RequestIntake(limits: registry.limits.codec)
        outbox = Outbox(shelf: registry.shelf)
    }

    var deadline: LazyDeadline {
        guard let deadlineStorage else { preconditionFailure("a connection is used after it was added to a channel") }
        return deadlineStorage
    }

    /// Whether the channel takes more output: what it last said, because asking it is a long way, and it tells of each
    /// change before it goes on.
    @exclusivity(unchecked) private(set) var isWritable = false

    /// The deadline does not keep this alive, and must not outlive it.
    deinit { deadlineStorage?.cancel() }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = context.channel.isWritable
        deadlineStorage = LazyDeadline(on: context.eventLoop) { [unowned self] in deadlineExpired() }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        deadlineStorage?.cancel()
        isWritable = false
        self.context = nil
    }

    package func channelActive(context: ChannelHandlerContext) {
        registry.opened(self)
        deadline.set(limits.headTimeout)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        isWritable = false
        deadline.cancel()
        outbox.discard()
        intake.drop()
        registry.closed(self)
        let last = phase
        phase = .closed
        if case .exchange(let exchange) = last {
            exchange.detach()
            if exchange.response != .ended { handler.clientClosed(exchange: exchange) }
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset, a failed write: nothing can be said any more, and channelInactive does the rest.
        context.close(promise: nil)
    }

    // MARK: Input

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        isReading = true
        registry.counters.bytesIn += buffer.readableBytes
        switch phase {
        case .waiting, .head, .exchange:
            intake.append(buffer)
            advance()
        case .finishing, .lingering:
            drop(buffer.readableBytes)
        case .closed:
            break
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        if flushIsDue { flush() }
    }

    package func read(context: ChannelHandlerContext) {
        if wantsRead {
            context.read()
        } else {
            readIsHeld = true
        }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            inputClosed()
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        switch phase {
        case .exchange(let exchange):
            settleDeadline()
            handler.writabilityChanged(exchange: exchange, isWritable: isWritable)
        case .waiting, .head:
            // Requests may have waited for room.
            if isWritable { advance() } else { settleDeadline() }
        case .finishing, .lingering, .closed:
            break
        }
    }

    /// Takes one step after the other until there is nothing to do before more bytes or the handler's next word.
    func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        while step() {}
        isAdvancing = false
        settle()
    }

    /// Lets a held read go where there is room again.
    func releaseRead() {
        guard readIsHeld, wantsRead, let context else { return }
        readIsHeld = false
        context.read()
    }

    private var wantsRead: Bool {
        switch phase {
        case .waiting, .head: isWritable || intake.count < limits.pipelinedBytes
        case .lingering: true
        case .exchange(let exchange):
            if exchange.requestIsComplete {
                // Reading on is free and tells of a client that left; further requests are held up to a bound.
                intake.count < limits.pipelinedBytes
            } else {
                !exchange.readingIsPaused || exchange.dropsContent
            }
        case .finishing(let lingers): lingers
        case .closed: false
        }
    }

    // MARK: Output

    /// Whether the answers so far have left, or are few enough. What a burst of reads has gathered counts, too: when
    /// it is much, it leaves before the burst is over.
    func hasRoomForAnswers() -> Bool {
        if flushIsDue, outbox.unflushed >= limits.outputHighWatermark { flush() }
        return isWritable
    }

    /// Flushes now, or at the end of the burst of reads that is being worked on.
    func flushSoon() {
        flushIsDue = true
        if !isReading { flush() }
    }

    private func flush() {
        flushIsDue = false
        guard let context else { return }
        outbox.hand(to: context)
        registry.counters.bytesOut += outbox.takeSent()
        context.flush()
    }
}
