import HTTPCodec
import HTTPWire
import NIOCore
import StrictCoding

/// Forwards every request of one connection to one endpoint and its answer back, streaming both ways and holding no
/// more than the watermarks. Loop-confined.
final class ForwardingHandler: RequestHandler, UpstreamDelegate {
    private let pool: UpstreamPool
    private let endpoint: Endpoint
    private var exchange: ServerExchange?
    private var call: UpstreamCall?
    private var isToHead = false

    init(pool: UpstreamPool, endpoint: Endpoint) {
        self.pool = pool
        self.endpoint = endpoint
    }

    // MARK: From the client

    func received(_ head: RequestHead, from exchange: ServerExchange) {
        self.exchange = exchange
        isToHead = head.method == .head
        do throws(WireError) {
            let target = try Target(of: head)
            var path = target.path.bytes
            if let query = target.query {
                path.append(UInt8(ascii: "?"))
                path.append(contentsOf: query)
            }
            let upstream = UpstreamHead(
                method: head.method, target: path, fields: requestFields(head), endpoint: endpoint)
            let call = pool.start(
                upstream, body: body(head.framing), delegate: self,
                callerFlushes: true)
            self.call = call
            if head.framing != .none, !call.isWritable { exchange.pauseReading() }
        } catch {
            exchange.respond(whole: WholeResponse(status: error.status, body: Array("\(error.code)\n".utf8)))
        }
    }

    func received(_ body: ByteBuffer, exchange: ServerExchange) {
        guard let call else { return }
        call.write(body)
        if !call.isWritable { exchange.pauseReading() }
    }

    func receivedBurst(exchange: ServerExchange) {
        call?.flush()
    }

    func receivedEnd(exchange: ServerExchange) {
        call?.end()
    }

    func clientClosed(exchange: ServerExchange) {
        finish()?.cancel()
    }

    func writabilityChanged(exchange: ServerExchange, isWritable: Bool) {
        if isWritable { call?.resume() } else { call?.pause() }
    }

    func refused(_ error: WireError, exchange: ServerExchange?) -> WholeResponse {
        if exchange != nil { finish()?.cancel() }
        return WholeResponse(status: error.status, body: Array("\(error.code)\n".utf8))
    }

    // MARK: From the upstream

    func received(_ head: ResponseHead) {
        exchange?.respond(
            OutboundResponse(status: head.status, fields: responseFields(head), content: content(of: head)))
    }

    private func content(of head: ResponseHead) -> OutboundResponse.Content {
        switch head.framing {
        case .length(let length): return .length(length)
        case .chunked, .untilClose: return .stream
        case .none:
            // An answer to HEAD says how long the content would be (RFC 9110, section 9.3.2).
            guard isToHead else { return .none }
            let length = head.fields.first("content-length").flatMap { Int(String(decoding: $0, as: UTF8.self)) }
            return length.map { .length($0) } ?? .stream
        }
    }

    func received(_ body: ByteBuffer) {
        guard let exchange else { return }
        exchange.write(body)
        if !exchange.isWritable { call?.pause() }
    }

    func receivedBurst() {
        exchange?.flush()
    }

    func receivedEnd() {
        let exchange = exchange
        _ = finish()
        exchange?.end()
    }

    func failed(_ failure: UpstreamFailure) {
        let exchange = exchange
        _ = finish()
        guard let exchange, !exchange.hasResponded else { return exchange?.abort() ?? () }
        exchange.respond(whole: WholeResponse(status: 502, body: Array("\(failure.code)\n".utf8)))
    }

    func uploadWritabilityChanged(_ isWritable: Bool) {
        if isWritable { exchange?.resumeReading() } else { exchange?.pauseReading() }
    }

    /// Forgets the request, and hands out its call. The next request may begin before this returns to the wire.
    private func finish() -> UpstreamCall? {
        exchange = nil
        return call.take()
    }

    // MARK: Messages

    private func body(_ framing: BodyFraming) -> UpstreamBody {
        switch framing {
        case .none: .none
        case .length(let length): .streaming(length: length)
        case .chunked, .untilClose: .streaming(length: nil)
        }
    }

    private func requestFields(_ head: RequestHead) -> FieldBlock {
        let fields = head.fields
        let nominates = head.connection.contains(.nominatesFields)
        // Of whose names `Host` is none: the wire states the endpoint's.
        return fields.keeping { index in
            fields.requestFate(at: index) == .forward && !(nominates && fields.nominates(at: index))
        }
    }

    private func responseFields(_ head: ResponseHead) -> FieldBlock {
        guard head.connection.contains(.nominatesFields) else { return head.fields }
        return head.fields.keeping { !head.fields.nominates(at: $0) }
    }
}
