import HTTPCodec
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// The response side: what the handler says through its exchange.
extension ServerConnection {
    func respond(_ response: OutboundResponse, to exchange: ServerExchange) {
        precondition(exchange.response == .awaited, "an exchange has one response")
        exchange.response = .begun
        let isLast = registry.isDraining || (inputIsClosed && intake.isEmpty)
        exchange.keepsAlive = exchange.keepsAlive && !isLast && restIsSmall(exchange)
        exchange.framing = append(
            response, method: exchange.method, version: exchange.version, keepsAlive: &exchange.keepsAlive)
        exchange.responseIsOpenEnded = response.content == .stream
    }

    func write(_ piece: ByteBuffer, to exchange: ServerExchange) {
        precondition(exchange.response == .begun, "content comes between a response's head and its end")
        guard let context else { return }
        guard let kind = exchange.framing.admit(piece.readableBytes) else { return abort(exchange) }
        outbox.append(piece, as: kind, to: context)
    }

    func end(_ exchange: ServerExchange) {
        precondition(exchange.response == .begun, "a response ends once, after its head")
        guard exchange.framing.mayEnd else { return abort(exchange) }
        if exchange.framing.kind == .chunked { outbox.append(ChunkSerializer.lastChunk) }
        exchange.response = .ended
        guard exchange.keepsAlive else {
            exchange.detach()
            return finish(lingers: !(exchange.requestIsComplete && intake.isEmpty && exchange.clientCloses))
        }
        flushSoon()
        if exchange.requestIsComplete {
            conclude(exchange)
        } else {
            exchange.dropsContent = true
            advance()
        }
    }

    func abort(_ exchange: ServerExchange) {
        exchange.detach()
        outbox.discard()
        phase = .closed
        guard let context else { return }
        if exchange.response == .begun, exchange.framing.kind == .untilClose {
            // The end of the connection would look like the end of the content: only a reset says otherwise.
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        context.close(promise: nil)
    }

    /// Whether what is missing of the request is little enough to read and drop it for the connection's sake.
    private func restIsSmall(_ exchange: ServerExchange) -> Bool {
        if exchange.requestIsComplete { return true }
        // A client that waits for a 100 may send its content or not: nobody can tell what comes next.
        guard !exchange.awaitsContinue, let left = exchange.contentLeft else { return false }
        return left <= limits.drainableBytes
    }

    /// Appends a response head to what is to be sent, and says how its content is delimited.
    func append(_ response: OutboundResponse, method: Method, version: HTTPVersion, keepsAlive: inout Bool)
        -> ContentFraming
    {
        let (framing, content) = delimit(response, method: method, version: version)
        if content == .untilClose { keepsAlive = false }
        let connection: ConnectionOptions = keepsAlive ? (version == .http10 ? .keepAlive : .none) : .close
        let date = registry.date.value()
        outbox.append(upTo: ResponseSerializer.headSize(date: date, fields: response.fields)) { memory in
            ResponseSerializer.writeHead(
                status: response.status, date: date, fields: response.fields, framing: framing, connection: connection,
                to: memory)
        }
        return ContentFraming(kind: content)
    }

    /// The framing fields of a response, and what really follows its head (RFC 9112, section 6.3).
    private func delimit(
        _ response: OutboundResponse, method: Method, version: HTTPVersion
    ) -> (BodyFraming, ContentFraming.Kind) {
        if response.status == 204 || response.status == 304 { return (.none, .absent) }
        let isHead = method == .head
        switch response.content {
        case .none: return (.length(0), .absent)
        case .length(let length): return (.length(length), isHead ? .absent : .length(left: length))
        case .stream where isHead: return (.none, .absent)
        case .stream: return version == .http10 ? (.untilClose, .untilClose) : (.chunked, .chunked)
        }
    }
}
