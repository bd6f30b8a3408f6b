import HTTPCodec
import HTTPWire
import NIOCore

/// The least that can be built of the wire's parts: forwards every request to one endpoint and its answer back,
/// streaming both ways and holding no more than the watermarks.
final class PlainProxy: RequestHandler, UpstreamDelegate {
    private let pool: UpstreamPool
    private let endpoint: Endpoint
    private var exchange: ServerExchange?
    private var call: UpstreamCall?

    init(pool: UpstreamPool, endpoint: Endpoint) {
        self.pool = pool
        self.endpoint = endpoint
    }

    // MARK: From the client

    func received(_ head: RequestHead, from exchange: ServerExchange) {
        do throws(WireError) {
            let target = try Target(of: head)
            self.exchange = exchange
            let upstream = UpstreamHead(
                method: head.method, target: target.path.bytes + (target.query.map { [0x3F] + $0 } ?? []),
                fields: forwarded(head.fields), endpoint: endpoint)
            let body: UpstreamBody =
                switch head.framing {
                case .none: .none
                case .length(let length): .streaming(length: length)
                case .chunked, .untilClose: .streaming(length: nil)
                }
            let call = pool.start(upstream, body: body, delegate: self)
            self.call = call
            if head.framing != .none, !call.isWritable { exchange.pauseReading() }
        } catch {
            exchange.respond(whole: WholeResponse(status: error.status))
        }
    }

    func received(_ body: ByteBuffer, exchange: ServerExchange) {
        call?.write(body)
        if call?.isWritable == false { exchange.pauseReading() }
    }

    func receivedBurst(exchange: ServerExchange) {
        call?.flush()
    }

    func receivedEnd(exchange: ServerExchange) {
        call?.end()
    }

    func clientClosed(exchange: ServerExchange) {
        call?.cancel()
    }

    func writabilityChanged(exchange: ServerExchange, isWritable: Bool) {
        if isWritable { call?.resume() } else { call?.pause() }
    }

    func refused(_ error: WireError, exchange: ServerExchange?) -> WholeResponse {
        if exchange != nil { call?.cancel() }
        return WholeResponse(status: error.status, body: Array("\(error.code)\n".utf8))
    }

    // MARK: From the upstream

    func received(_ head: ResponseHead) {
        let content: OutboundResponse.Content =
            switch head.framing {
            case .none: .none
            case .length(let length): .length(length)
            case .chunked, .untilClose: .stream
            }
        exchange?.respond(OutboundResponse(status: head.status, fields: head.fields, content: content))
    }

    func received(_ body: ByteBuffer) {
        exchange?.write(body)
        if exchange?.isWritable == false { call?.pause() }
    }

    func receivedBurst() {
        exchange?.flush()
    }

    func receivedEnd() {
        exchange?.end()
    }

    func failed(_ failure: UpstreamFailure) {
        guard let exchange, !exchange.hasResponded else { return self.exchange?.abort() ?? () }
        exchange.respond(whole: WholeResponse(status: 502, body: Array("\(failure.code)\n".utf8)))
    }

    func uploadWritabilityChanged(_ isWritable: Bool) {
        if isWritable { exchange?.resumeReading() } else { exchange?.pauseReading() }
    }

    private func forwarded(_ fields: FieldBlock) -> FieldBlock {
        var rest = FieldBlock()
        for index in 0..<fields.count
        where fields.withName(at: index, FieldNames.requestFate(of:)) == .forward
            && !fields.nominates(fields.name(at: index))
        {
            rest.append(from: fields, at: index)
        }
        return rest
    }
}
