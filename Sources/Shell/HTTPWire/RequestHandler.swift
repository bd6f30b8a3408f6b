package import HTTPCodec
package import NIOCore

/// What a server connection asks of whoever answers its requests: one handler per connection, called on its loop.
///
/// Per request: `received(_:from:)` with the head, any number of body pieces, `receivedEnd`. The handler answers
/// through the exchange, whenever it likes. It hears exactly one of three ends: it ended or aborted the response
/// itself, `clientClosed`, or `refused` with the exchange. The next request is shown only after that.
package protocol RequestHandler: AnyObject {
    /// A request begins. Content follows unless the handler pauses reading; a client that expects 100 (Continue) gets
    /// it when reading is not paused as this returns, or else at `resumeReading`, unless a response was begun before.
    func received(_ head: RequestHead, from exchange: ServerExchange)
    /// A piece of content, de-chunked. It shares memory with the socket's buffer: copy what is kept for long.
    func received(_ body: ByteBuffer, exchange: ServerExchange)
    /// All that arrived together, a head with content to come or content, has been shown and the request is not whole
    /// yet: the time to flush what was passed on.
    func receivedBurst(exchange: ServerExchange)
    /// The request is whole.
    func receivedEnd(exchange: ServerExchange)
    /// The client went away before the response ended; whatever is still done for it should stop.
    func clientClosed(exchange: ServerExchange)
    /// The output buffer filled up, or has room again: pause or resume whatever feeds the response.
    func writabilityChanged(exchange: ServerExchange, isWritable: Bool)
    /// Bytes that are no acceptable request, or a request that did not arrive in time or whole. The answer is sent,
    /// unless a response had begun, and the connection closes; `exchange`, if any, is over.
    func refused(_ error: WireError, exchange: ServerExchange?) -> WholeResponse
    /// Whether to go on answering a client that has shut down its sending side after a whole request. Nobody can tell
    /// it from one that went away until something is written to it; false counts it as gone, and `clientClosed`
    /// follows.
    func toleratesHalfClose(exchange: ServerExchange) -> Bool
}

extension RequestHandler {
    package func receivedBurst(exchange: ServerExchange) {}
    package func writabilityChanged(exchange: ServerExchange, isWritable: Bool) {}

    /// A client may want a plain answer after half-closing; one that half-closes while an open-ended stream is running
    /// most likely has left.
    package func toleratesHalfClose(exchange: ServerExchange) -> Bool {
        !exchange.isStreaming
    }
}

/// The head of a response to a client. The wire owns `Date`, where absent, and everything about framing and connection:
/// `Connection`, `Keep-Alive`, `Content-Length`, `Transfer-Encoding` and the like in `fields` are left out.
package struct OutboundResponse: Sendable {
    package enum Content: Sendable, Equatable {
        case none
        /// Exactly so many bytes will be written (to a HEAD request: would have been).
        case length(Int)
        /// Content of a length not known yet: chunked, or until the connection closes for HTTP/1.0.
        case stream
    }

    package var status: Int
    package var fields: FieldBlock
    package var content: Content

    package init(status: Int, fields: FieldBlock = FieldBlock(), content: Content) {
        self.status = status
        self.fields = fields
        self.content = content
    }
}

/// A response whose content is at hand.
package struct WholeResponse: Sendable {
    package var status: Int
    package var fields: FieldBlock
    package var body: [UInt8]

    package init(status: Int, fields: FieldBlock = FieldBlock(), body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}
