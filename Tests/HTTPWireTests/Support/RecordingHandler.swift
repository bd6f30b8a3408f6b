import HTTPCodec
import HTTPWire
import NIOCore

/// Notes what a connection tells its handler, and answers as the test says.
final class RecordingHandler: RequestHandler {
    var trail: [String] = []
    private(set) var exchange: ServerExchange?
    var onHead: (RequestHead, ServerExchange) -> Void = { _, _ in }
    var onBody: (ServerExchange) -> Void = { _ in }
    var onEnd: (ServerExchange) -> Void = { _ in }

    func received(_ head: RequestHead, from exchange: ServerExchange) {
        self.exchange = exchange
        trail.append("\(text(head.method.name)) \(text(head.target))")
        onHead(head, exchange)
    }

    func received(_ body: ByteBuffer, exchange: ServerExchange) {
        // Content may be cut anywhere, so pieces are joined.
        if let last = trail.last, last.hasPrefix("body ") {
            trail[trail.count - 1] = last + String(buffer: body)
        } else {
            trail.append("body \(String(buffer: body))")
        }
        onBody(exchange)
    }

    func receivedEnd(exchange: ServerExchange) {
        trail.append("end")
        onEnd(exchange)
    }

    func clientClosed(exchange: ServerExchange) {
        trail.append("closed")
    }

    func writabilityChanged(exchange: ServerExchange, isWritable: Bool) {
        trail.append(isWritable ? "writable" : "full")
    }

    func refused(_ error: WireError, exchange: ServerExchange?) -> WholeResponse {
        trail.append("refused \(error.code)\(exchange == nil ? "" : " with exchange")")
        return WholeResponse(status: error.status, body: Array("no".utf8))
    }

    /// Answers every request with its own path.
    static func echoingPaths() -> RecordingHandler {
        let handler = RecordingHandler()
        handler.onHead = { head, exchange in
            let path = Array(head.target)
            handler.onEnd = { $0.respond(whole: WholeResponse(status: 200, body: path)) }
            _ = exchange
        }
        return handler
    }
}

func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
}
