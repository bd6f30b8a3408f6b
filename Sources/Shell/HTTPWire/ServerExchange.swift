import HTTPCodec
package import NIOCore

/// One request and its response, as the handler sees them. Loop-confined.
///
///     awaited ──respond──▶ begun ──end──▶ ended
///
/// Once the exchange is over (ended, aborted, refused, client gone) every call on it does nothing, so that late answers
/// of other parties need no care.
package final class ServerExchange {
    enum Response { case awaited, begun, ended }

    package let eventLoop: any EventLoop
    let method: Method
    let version: HTTPVersion

    // A cycle while the exchange lasts; every way out of it goes through `detach`.
    @exclusivity(unchecked) private var connection: ServerConnection?
    /// The client said that this is its last request.
    let clientCloses: Bool
    /// Whether the connection can carry another request after this one, as far as known.
    @exclusivity(unchecked) var keepsAlive: Bool
    /// What is still to come of the request's content; nil where only its end will tell.
    @exclusivity(unchecked) var contentLeft: Int?
    /// The client waits for a 100 (Continue) and has not been sent one.
    @exclusivity(unchecked) var awaitsContinue: Bool
    @exclusivity(unchecked) var requestIsComplete = false
    @exclusivity(unchecked) var readingIsPaused = false
    /// Content was shown and the end of its burst was not.
    @exclusivity(unchecked) var hasNewContent = false
    /// The rest of the request is of no interest any more.
    @exclusivity(unchecked) var dropsContent = false
    @exclusivity(unchecked) var response = Response.awaited
    @exclusivity(unchecked) var framing = ContentFraming(kind: .absent)
    @exclusivity(unchecked) var responseIsOpenEnded = false

    init(_ head: RequestHead, on connection: ServerConnection, eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.connection = connection
        method = head.method
        version = head.version
        keepsAlive = head.keepAlive
        clientCloses = !head.keepAlive
        awaitsContinue = head.expectsContinue
        contentLeft =
            switch head.framing {
            case .none: 0
            case .length(let length): length
            case .chunked, .untilClose: nil
            }
    }

    /// False once nothing can be said to the client any more.
    package var isOpen: Bool { connection != nil }

    /// False while the output buffer is full: what is written nevertheless is held in memory.
    package var isWritable: Bool { connection?.isWritable ?? false }

    /// Whether a response of unknown length has begun and not ended.
    package var isStreaming: Bool { response == .begun && responseIsOpenEnded }

    /// Whether a final response has begun.
    package var hasResponded: Bool { response != .awaited }

    /// Begins the response. Nothing leaves before `flush` or `end`.
    package func respond(_ head: OutboundResponse) {
        connection?.respond(head, to: self)
    }

    /// Adds content. Writing more than the declared length aborts the exchange.
    package func write(_ body: ByteBuffer) {
        connection?.write(body, to: self)
    }

    /// Sends what was written so far: for streams, when a burst of input is over.
    package func flush() {
        connection?.flushSoon()
    }

    /// Ends the response and sends it. Ending short of the declared length aborts the exchange.
    package func end() {
        connection?.end(self)
    }

    /// A whole response at once.
    package func respond(whole response: WholeResponse) {
        respond(
            OutboundResponse(status: response.status, fields: response.fields, content: .length(response.body.count)))
        if !response.body.isEmpty { write(ByteBuffer(bytes: response.body)) }
        end()
    }

    /// Stops reading the request's content; at most what was already received is still held.
    package func pauseReading() {
        readingIsPaused = true
    }

    package func resumeReading() {
        guard readingIsPaused else { return }
        readingIsPaused = false
        connection?.readingResumed(self)
    }

    /// Breaks the connection off, so that the client cannot take what it got for a whole response.
    package func abort() {
        connection?.abort(self)
    }

    /// The connection's word that nothing more can come of this.
    func detach() {
        connection = nil
    }
}
