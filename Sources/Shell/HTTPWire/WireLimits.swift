package import HTTPCodec
package import NIOCore

/// Every bound and every wait of the connections that clients open.
package struct WireLimits: Sendable {
    package var codec = CodecLimits()

    /// From the first byte of a request to the end of its head, and from accepting a connection to its first byte.
    package var headTimeout: TimeAmount = .seconds(10)
    /// The longest wait for the next `progressBytes` of a request's content while we want them.
    package var bodyTimeout: TimeAmount = .seconds(30)
    /// Between two requests of one connection.
    package var idleTimeout: TimeAmount = .seconds(75)
    /// For the next request of an idle connection once its listener stops.
    package var lastCallTimeout: TimeAmount = .milliseconds(100)
    /// For the first one then: who has just connected means to ask, and need not know that a lost POST may be repeated.
    package var firstCallTimeout: TimeAmount = .seconds(2)
    /// The longest wait for the client to take the next `progressBytes` of a full output buffer.
    package var writeTimeout: TimeAmount = .seconds(30)
    /// How much must move to start either wait anew: one byte at a time does not keep a connection.
    package var progressBytes = 4 * 1024

    /// How long, and for how many bytes, input is read and dropped after the last answer of a connection, so that the
    /// client reads the answer instead of a reset (RFC 9112, section 9.6).
    package var lingerTimeout: TimeAmount = .seconds(2)
    package var lingerBytes = 256 * 1024
    /// The longest rest of a request's content that is read and dropped to keep the connection after an early answer.
    package var drainableBytes = 64 * 1024
    /// Bytes of further requests held while one is being answered; beyond it reading stops.
    package var pipelinedBytes = 32 * 1024

    /// Open connections of all listeners of one set together; beyond it a connection gets a 503 and is closed.
    package var maxConnections = 8192
    /// And from one address, or one /64 of IPv6 addresses; beyond it likewise.
    package var connectionsPerPeer = 4096
    /// Connections per listener that may be waiting for their 503 to be read; beyond it they are closed unanswered.
    package var maxOverflowAnswers = 64
    /// Connections the kernel holds that we have not accepted yet.
    package var backlog = 1024

    /// Output held per connection: writers are asked to pause above `high`, and to go on below `low`.
    package var outputHighWatermark = 64 * 1024
    package var outputLowWatermark = 32 * 1024
    /// The kernel's receive buffer. A peer's FIN makes everything in it ours to hold at once, hence a bound on it.
    package var kernelReceiveBytes: Int? = 256 * 1024

    package init() {}

    /// What the listeners of one set share.
    package func budget() -> ConnectionBudget {
        ConnectionBudget(limit: maxConnections, perPeer: connectionsPerPeer)
    }
}

/// Every bound and every wait of the connections that a pool opens.
package struct UpstreamLimits: Sendable {
    package var codec = CodecLimits()

    package var connectTimeout: TimeAmount = .seconds(5)
    /// In the queue, while all connections to the endpoint are busy.
    package var queueTimeout: TimeAmount = .seconds(5)
    /// From the last byte of the request to the first of the response.
    package var firstByteTimeout: TimeAmount = .seconds(300)
    /// Between two bytes of a response while we want them; nil waits for ever.
    package var streamIdleTimeout: TimeAmount? = .minutes(30)
    /// From the request to the last byte of its response, unless that is an open-ended stream of events; nil waits for
    /// ever.
    package var totalTimeout: TimeAmount?
    /// Without a request; shorter than the 5 s that uvicorn and Node grant, so that we close first: a call that is sent
    /// into their closing is lost, and may not be sent again.
    package var idleTimeout: TimeAmount = .seconds(4)
    /// A request that a reused connection lost is sent again only this soon after it was sent: a connection that the
    /// peer had closed answers with a reset within a round trip, one that dies later may have begun the work.
    package var replayWindow: TimeAmount = .seconds(1)

    /// Open connections per endpoint and loop.
    package var connections = 256
    /// Requests per endpoint and loop that wait for a connection.
    package var queue = 1024
    /// Connections per endpoint and loop kept without a request.
    package var idleConnections = 64

    package init() {}
}
