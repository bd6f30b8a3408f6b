package import HTTPCodec
package import NIOCore

/// What a call tells the one who made it, on the loop: a head, content, and exactly one of `receivedEnd` and `failed`,
/// unless it was cancelled. Never called from within `UpstreamPool.start`.
package protocol UpstreamDelegate: AnyObject {
    /// The final response begins; interim ones are not shown.
    func received(_ head: ResponseHead)
    /// Content, de-chunked. It shares memory with the socket's buffer: copy what is kept for long.
    func received(_ body: ByteBuffer)
    /// All bytes that arrived together have been shown: the time to flush what was passed on.
    func receivedBurst()
    func receivedEnd()
    func failed(_ failure: UpstreamFailure)
    /// For streamed bodies: the connection takes content now, or holds enough for the moment. `UpstreamCall.isWritable`
    /// says how it begins.
    func uploadWritabilityChanged(_ isWritable: Bool)
}

extension UpstreamDelegate {
    package func receivedBurst() {}
    package func uploadWritabilityChanged(_ isWritable: Bool) {}
}

/// Why a call has no whole response.
package enum UpstreamFailure: Error, Hashable, Sendable {
    case connectFailed
    case connectTimeout
    /// The host has no address within the endpoint's reach.
    case addressRefused
    /// The peer was reached, and there is no TLS connection to it.
    case tls(TLSFault)
    /// All connections are busy, and as many requests wait as may.
    case queueFull
    case queueTimeout
    /// The upstream closed before the end of its response.
    case closedEarly
    case firstByteTimeout
    case idleTimeout
    /// The response went on for longer than any may.
    case totalTimeout
    case protocolError(WireError)
    /// The body written was not as long as announced.
    case badUpload
    /// The pool was shut down.
    case shutdown

    /// A stable name for metrics and audit records.
    package var code: StaticString {
        switch self {
        case .connectFailed: "connect_failed"
        case .connectTimeout: "connect_timeout"
        case .addressRefused: "address_refused"
        case .tls(let fault): fault.code
        case .queueFull: "queue_full"
        case .queueTimeout: "queue_timeout"
        case .closedEarly: "closed_early"
        case .firstByteTimeout: "first_byte_timeout"
        case .idleTimeout: "idle_timeout"
        case .totalTimeout: "total_timeout"
        case .protocolError: "protocol_error"
        case .badUpload: "bad_upload"
        case .shutdown: "shutdown"
        }
    }
}

/// The content of a request to an upstream.
package enum UpstreamBody: Sendable {
    case none
    /// Kept until the first byte of the response, in case the request must be sent again.
    case buffered(ByteBuffer)
    /// Written through the call; of that length, or chunked.
    case streaming(length: Int?)
}
