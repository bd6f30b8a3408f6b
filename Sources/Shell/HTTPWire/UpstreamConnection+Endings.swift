import NIOCore

// How a connection ends, and what that means to its call.
extension UpstreamConnection {
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset is no end of a response that lasts until the connection closes.
        readFailed = true
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed()
        deadline.cancel()
        outbox.discard()
        inputIsOver = true
        // A call that is sent again must find its origin still known.
        inputEnded()
        origin.closed(self)
    }

    /// After the connection closed, and again each time a paused reader has taken more of what was left.
    func inputEnded() {
        guard case .calling(let call) = phase else { return phase = .closed }
        if call.isPaused, intake?.isEmpty == false { return }
        phase = .closed
        if responseIsWhole {
            call.finish()?.receivedEnd()
        } else if mayReplay(call) {
            origin.retry(call)
        } else {
            call.fail(.closedEarly)
        }
    }

    /// Whether what arrived before the end was all of it: by its own account, or because the end is the end of it.
    private var responseIsWhole: Bool {
        // A reader that paused at the last piece has not been told that nothing follows.
        if case .end? = intake?.next() { return true }
        guard !readFailed, case .end? = intake?.close() else { return false }
        return true
    }

    /// A connection that had served before, lost the request before any answer, and right after it was sent.
    private func mayReplay(_ call: UpstreamCall) -> Bool {
        guard callsServed > 1, !receivedAny, !call.wasRetried, call.head.mayReplay else { return false }
        if case .streaming = call.body { return false }
        return origin.pool.eventLoop.now - callBegan <= limits.replayWindow
    }

    func deadlineExpired() {
        guard case .calling = phase else { return }
        if totalDeadline <= origin.pool.eventLoop.now { return fail(.totalTimeout) }
        fail(responseHasBegun ? .idleTimeout : .firstByteTimeout)
    }

    func fail(_ failure: UpstreamFailure) {
        guard case .calling(let call) = phase else { return }
        close()
        call.fail(failure)
    }

    func shutDown() {
        if case .calling = phase { fail(.shutdown) } else { close() }
    }

    /// Closes without a word to any call.
    func close() {
        phase = .closed
        intake = nil
        outbox.discard()
        context?.close(promise: nil)
    }
}
