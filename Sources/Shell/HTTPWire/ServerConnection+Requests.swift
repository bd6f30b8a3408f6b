import HTTPCodec
import NIOCore

// The request side: what arrived becomes events of the handler.
extension ServerConnection {
    /// One item of input; false where nothing more can be done now.
    func step() -> Bool {
        switch phase {
        case .waiting, .head: stepHead()
        case .exchange(let exchange): stepContent(exchange)
        case .finishing, .lingering, .closed: false
        }
    }

    private func stepHead() -> Bool {
        // Who pipelines without reading the answers would have them piled up in our memory.
        guard !intake.isEmpty, hasRoomForAnswers() else { return false }
        switch intake.next() {
        case .head(let head):
            begin(head)
        case .starved:
            if case .waiting = phase {
                phase = .head
                deadline.set(limits.headTimeout)
            }
            return false
        case .refused(let error):
            refuse(error, nil)
        case .content, .end:
            preconditionFailure("content comes after a head")
        }
        return true
    }

    private func begin(_ head: RequestHead) {
        guard let context else { return }
        registry.counters.requests += 1
        hasAsked = true
        let exchange = ServerExchange(head, on: self, eventLoop: context.eventLoop)
        phase = .exchange(exchange)
        deadline.clear()
        wait = .nothing
        exchange.hasNewContent = head.framing.allowsContent
        handler.received(head, from: exchange)
        sendContinueIfDue(exchange)
    }

    private func stepContent(_ exchange: ServerExchange) -> Bool {
        if exchange.requestIsComplete || (exchange.readingIsPaused && !exchange.dropsContent) { return false }
        switch intake.next() {
        case .content(let piece):
            progress += piece.readableBytes
            exchange.contentLeft = exchange.contentLeft.map { $0 - piece.readableBytes }
            if exchange.dropsContent { return true }
            exchange.hasNewContent = true
            handler.received(piece, exchange: exchange)
        case .end:
            exchange.requestIsComplete = true
            if exchange.response == .ended {
                conclude(exchange)
            } else {
                handler.receivedEnd(exchange: exchange)
            }
        case .refused(let error):
            refuse(error, exchange)
        case .starved:
            return false
        case .head:
            preconditionFailure("a head comes after the end")
        }
        return true
    }

    /// Gets the connection ready for its next request.
    func conclude(_ exchange: ServerExchange) {
        exchange.detach()
        phase = .waiting
        wait = .nothing
        advance()
    }

    func readingResumed(_ exchange: ServerExchange) {
        sendContinueIfDue(exchange)
        advance()
    }

    /// Asks for the content (RFC 9110, section 10.1.1), unless it comes unasked or nobody wants it.
    private func sendContinueIfDue(_ exchange: ServerExchange) {
        guard exchange.awaitsContinue, exchange.isOpen, !exchange.readingIsPaused, exchange.response == .awaited else {
            return
        }
        exchange.awaitsContinue = false
        guard intake.isEmpty else { return }
        outbox.append(ResponseSerializer.continueMessage)
        flushSoon()
    }

    /// Brings deadline and reading in line with the phase after some steps.
    func settle() {
        switch phase {
        case .waiting:
            if inputIsClosed && intake.isEmpty { finish(lingers: false) }
        case .head:
            if inputIsClosed && isWritable { refuse(.truncated, nil) }
        case .exchange(let exchange):
            // A paused exchange may still have content in the intake.
            if inputIsClosed, !exchange.requestIsComplete, !exchange.readingIsPaused || exchange.dropsContent {
                refuse(.truncated, exchange)
            } else if exchange.hasNewContent {
                exchange.hasNewContent = false
                // Whoever heard that the request is whole has passed on all of it.
                if !exchange.requestIsComplete { handler.receivedBurst(exchange: exchange) }
            }
        case .finishing, .lingering, .closed:
            break
        }
        settleDeadline()
        releaseRead()
    }

    func settleDeadline() {
        switch phase {
        case .waiting:
            settleIdleDeadline()
        case .exchange(let exchange):
            settleDeadline(of: exchange)
        case .head, .finishing, .lingering, .closed:
            // Set when the phase began.
            break
        }
    }

    private func settleIdleDeadline() {
        if isWritable {
            deadline.set(registry.isDraining ? limits.lastCallTimeout : limits.idleTimeout)
            wait = .nothing
        } else if wait != .output {
            setWriteDeadline()
            wait = .output
        }
    }

    private func settleDeadline(of exchange: ServerExchange) {
        let wantsContent = !exchange.requestIsComplete && (!exchange.readingIsPaused || exchange.dropsContent)
        if !isWritable {
            if wait != .output { setWriteDeadline() }
            wait = .output
        } else if !wantsContent {
            deadline.clear()
            wait = .nothing
        } else if wait != .content || progress >= limits.progressBytes {
            deadline.set(limits.bodyTimeout)
            wait = .content
            progress = 0
        }
    }

    /// The client will send nothing more.
    func inputClosed() {
        inputIsClosed = true
        switch phase {
        case .waiting, .head:
            settle()
        case .exchange(let exchange):
            // Where reading is paused, all that was sent has arrived and nobody has looked at it yet: whoever sent it is
            // gone before anything was done for them.
            let isSent = exchange.requestIsComplete || exchange.readingIsPaused
            if isSent, exchange.response != .ended, !handler.toleratesHalfClose(exchange: exchange) {
                context?.close(promise: nil)
            } else {
                advance()
            }
        case .lingering:
            context?.close(promise: nil)
        case .finishing, .closed:
            break
        }
    }
}
