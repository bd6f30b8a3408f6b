import HTTPCodec
import NIOCore

// How a connection ends, so that the client reads its last answer.
extension ServerConnection {
    /// Answers what is no acceptable request, and closes.
    func refuse(_ error: WireError, _ exchange: ServerExchange?) {
        exchange?.detach()
        // After an early answer the rest of the request only mattered for keeping the connection.
        if exchange?.response == .ended { return finish(lingers: true) }
        registry.counters.refused[error, default: 0] += 1
        let answer = handler.refused(error, exchange: exchange)
        if exchange?.response == .begun {
            phase = .closed
            outbox.discard()
            context?.close(promise: nil)
            return
        }
        send(answer, method: exchange?.method ?? .get)
        finish(lingers: true)
    }

    private func send(_ answer: WholeResponse, method: Method) {
        guard let context else { return }
        var keepsAlive = false
        let head = OutboundResponse(status: answer.status, fields: answer.fields, content: .length(answer.body.count))
        var framing = append(head, method: method, version: .http11, keepsAlive: &keepsAlive)
        if let kind = framing.admit(answer.body.count) {
            outbox.append(ByteBuffer(bytes: answer.body), as: kind, to: context)
        }
    }

    /// Sends what is left and closes: at once, or after giving the client time to read it.
    ///
    /// Closing a socket with unread input makes the kernel send a reset, and a client that gets one may lose the answer
    /// that it has not read yet (RFC 9112, section 9.6).
    func finish(lingers: Bool) {
        guard let context else { return }
        phase = .finishing(lingers: lingers)
        intake.drop()
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { [weak self] _ in self?.finished() }
        outbox.finish(to: context, promise: sent)
        registry.counters.bytesOut += outbox.takeSent()
        if case .finishing = phase { setWriteDeadline() }
    }

    private func finished() {
        guard case .finishing(let lingers) = phase, let context else { return }
        guard lingers, !inputIsClosed else { return context.close(promise: nil) }
        phase = .lingering
        deadline.set(limits.lingerTimeout)
        context.close(mode: .output, promise: nil)
        releaseRead()
    }

    /// Drops input while the client reads its answer.
    func drop(_ count: Int) {
        lingerLeft -= count
        if lingerLeft < 0 { context?.close(promise: nil) }
    }

    func deadlineExpired() {
        switch phase {
        case .head:
            registry.counters.headTimeouts += 1
            refuse(.timedOut, nil)
        case .exchange(let exchange) where isWritable:
            registry.counters.bodyTimeouts += 1
            refuse(.timedOut, exchange)
        case .exchange, .finishing:
            writeDeadlineExpired()
        case .waiting where !isWritable:
            writeDeadlineExpired()
        case .waiting where registry.isDraining:
            finish(lingers: false)
        case .waiting:
            registry.counters.idleTimeouts += 1
            closeNow()
        case .lingering, .closed:
            closeNow()
        }
    }

    /// A slow reader is served as long as it reads at all.
    private func writeDeadlineExpired() {
        if heldBytes <= backlog - limits.progressBytes { return setWriteDeadline() }
        registry.counters.writeTimeouts += 1
        closeNow()
    }

    func setWriteDeadline() {
        backlog = heldBytes
        deadline.set(limits.writeTimeout)
    }

    /// Bytes the channel could not hand to the kernel yet.
    private var heldBytes: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// The listener stops: what is busy closes after its response. What is idle has some time for a request that is on
    /// its way, which would meet a reset otherwise, and closes after that.
    func drain() {
        guard case .waiting = phase else { return }
        // The rest of the last response goes first.
        guard isWritable else { return finish(lingers: true) }
        deadline.set(hasAsked ? limits.lastCallTimeout : limits.firstCallTimeout)
    }

    /// The time for that is over.
    func closeNow() {
        context?.close(promise: nil)
    }
}
