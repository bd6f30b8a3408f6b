import HTTPWire
import NIOCore

// What the handlers behind send, and how a connection ends.
extension TLSHandler {
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !outputIsClosed else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        plaintext.append(unwrapOutboundIn(data), promise: promise)
        // The channel counts what it has been given: from here on it counts this, too.
        if case .open = phase, plaintext.bytes >= PlaintextQueue.batchBytes { encrypt(context) }
    }

    func flush(context: ChannelHandlerContext) {
        switch phase {
        case .open:
            encrypt(context)
            context.flush()
        case .handshaking, .verdict:
            flushIsDue = true
        case .parting, .closed:
            context.flush()
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input:
            context.close(mode: .input, promise: promise)
        case .output:
            sayClosed(context)
            context.close(mode: .output, promise: promise)
        case .all:
            breakPromises(ChannelError.ioOnClosedChannel)
            if !isToBeReset(context) { sayClosed(context) }
            if case .open = phase { phase = .closed }
            context.close(promise: promise)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        switch phase {
        case .handshaking, .verdict: fail(.closed, context)
        // The word before it is what counts, and was passed on. Without it whoever sent this is gone.
        case .open: if !inputIsClosed { context.close(promise: nil) }
        case .parting: context.close(promise: nil)
        case .closed: break
        }
    }

    /// The peer's last word has been read.
    func inputEnded(_ context: ChannelHandlerContext) {
        inputEndIsDue = false
        switch side {
        // As a channel does that knows half-closed connections, and one that does not.
        case .server: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .client: close(context: context, mode: .all, promise: nil)
        }
    }

    /// Sends the alert that says why, and closes once the peer had time to read it: closing with unread input makes the
    /// kernel send a reset, which overtakes it.
    func fail(_ fault: TLSFault, _ context: ChannelHandlerContext) {
        phase = .parting
        outputIsClosed = true
        wakeUp.take()?.cancel()
        breakPromises(ChannelError.outputClosed)
        let alert = session.bio.takeOutput()
        // Before anybody hears of it and closes.
        if let alert { context.writeAndFlush(wrapOutboundOut(alert), promise: nil) }
        report(.failed(fault))
        guard context.channel.isActive else { return }
        guard alert != nil, side == .server, fault != .closed else { return context.close(promise: nil) }
        wakeUp = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
    }

    /// Sends what the session has to say by itself.
    func sendOutput(_ context: ChannelHandlerContext) {
        guard let output = session.bio.takeOutput() else { return }
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
    }

    /// The channel is over, or this handler's part in it.
    func conclude(_ context: ChannelHandlerContext) {
        wakeUp.take()?.cancel()
        phase = .closed
        outputIsClosed = true
        breakPromises(ChannelError.ioOnClosedChannel)
        report(.failed(.closed))
    }

    private func encrypt(_ context: ChannelHandlerContext) {
        while let batch = plaintext.next() {
            guard batch.pieces.isEmpty || session.write(batch.pieces, bytes: batch.bytes) else {
                outputIsClosed = true
                batch.promise?.fail(ChannelError.outputClosed)
                context.fireErrorCaught(TLSFault.violation(alert: nil))
                return context.close(promise: nil)
            }
            // An empty write carries a promise to its place in the order.
            let output = session.bio.takeOutput() ?? ByteBuffer()
            if output.readableBytes > 0 || batch.promise != nil {
                context.write(wrapOutboundOut(output), promise: batch.promise)
            }
        }
    }

    private func sayClosed(_ context: ChannelHandlerContext) {
        guard case .open = phase, !outputIsClosed else { return }
        encrypt(context)
        outputIsClosed = true
        session.sayClosed()
        sendOutput(context)
    }

    private func breakPromises(_ error: ChannelError) {
        for promise in plaintext.takePromises() { promise.fail(error) }
    }

    /// Whether the handlers want the peer to see a reset: to such an end no proper word belongs.
    private func isToBeReset(_ context: ChannelHandlerContext) -> Bool {
        var isSet = false
        (context.channel as? any SocketOptionProvider)?.getSoLinger().assumeIsolated().whenSuccess {
            isSet = $0.l_onoff != 0 && $0.l_linger == 0
        }
        return isSet
    }
}
