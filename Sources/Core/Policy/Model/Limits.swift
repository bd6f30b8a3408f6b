/// `gateway.limits`: every bound that an operator may move, with its default and the reason for it.
package struct Limits: Hashable, Sendable {
    /// All of a request's head. What nginx and HAProxy allow in sum; Node's servers stop at half of it.
    package var headBytes = 32 << 10
    /// Fields in one head. gunicorn and granian stop near it, so more would not arrive anyway.
    package var headerFields = 100
    /// One access token, refused before it is parsed. A field line larger than this does not pass common proxies.
    package var tokenBytes = 8 << 10
    /// One message of a client, held in memory while it is inspected. The MCP SDKs' own default.
    package var bodyBytes = 4 << 20
    /// Nesting of one JSON message. Far beyond any tool's arguments, far below any stack.
    package var jsonDepth = 64
    /// From the first byte of a head to its last, and from accepting a connection to its first byte: a human's network
    /// needs one second, a slow-header attack needs minutes.
    package var headTimeoutSeconds = 10
    /// The longest wait for the next 4 KiB of a message: a slow client has sent that much by then, a stopped one has not.
    package var bodyTimeoutSeconds = 30
    /// An idle client connection. Longer than the 60 s after which common load balancers close theirs, so that they
    /// close first.
    package var idleTimeoutSeconds = 75
    /// A server nearby answers a connection attempt in milliseconds; one lost SYN is repeated after 1 s and 3 s.
    package var upstreamConnectTimeoutSeconds = 5
    /// From the request to the first byte of the answer. Tools work for minutes; no envelope lives longer than this.
    package var upstreamFirstByteTimeoutSeconds = 300
    /// From the request to the last byte of an answer that is no event stream.
    package var upstreamTotalTimeoutSeconds = 900
    /// Silence inside a stream. Servers send keep-alive comments far more often.
    package var streamIdleTimeoutSeconds = 1_800
    /// Client connections of the process: with as many upstream connections, what usual hard limits of open files allow.
    package var connections = 8_192
    /// Of these, from one address: one peer never takes them all. A load balancer in front is one peer.
    package var connectionsPerPeer = 4_096
    /// Requests being worked on in the process, streams among them; beyond that, 503 at once.
    package var requests = 16_384
    /// Requests of one user (issuer, tenant and subject) being worked on, streams among them, per event loop.
    package var requestsPerPrincipal = 256
    /// Open event streams of one user per event loop: a client holds one or two per session.
    package var streamsPerPrincipal = 64
    /// Messages held in memory for inspection, all requests of one event loop together.
    package var bufferedBytes = 128 << 20
    /// Connections to one server from one event loop.
    package var upstreamConnections = 256
    /// Requests that wait for one of these connections, per server and event loop; beyond that, 503 at once.
    package var upstreamQueue = 1_024
    /// Tokens remembered as verified, per event loop: about 5 MB at 500 bytes each.
    package var verifiedTokens = 10_000
    /// Audit records waiting to be written, per event loop; a full queue refuses requests.
    package var auditQueue = 8_192
    /// Requests whose servers may call services, at a time, in the process: about 2 KB each.
    package var transactions = 50_000
    /// Of these, of one user (issuer, tenant and subject), through however many clients and agents: nobody takes the
    /// room of others.
    package var transactionsPerPrincipal = 256
    /// A server's calls for one request, in all. One tool call rarely makes more than a dozen.
    package var transactionCalls = 256
    /// A server's calls for one request at a time.
    package var transactionConcurrentCalls = 32
    /// How long a request may go on calling services. A forwarded envelope dies before, after 5 minutes at the most.
    package var transactionTimeoutSeconds = 900
    /// How long calls are still attributed to a request after its answer: one in flight may arrive just after it.
    package var transactionGraceSeconds = 2
    /// For a token from an authorization server, all attempts together.
    package var exchangeTimeoutSeconds = 10
    /// Tokens for services kept in memory: about 3 KB each.
    package var credentials = 10_000
    /// A request's wait for an instance of a launched server that is busy or starting.
    package var instanceWaitSeconds = 30
    /// How long running requests may take to finish after the signal to stop. Kubernetes kills after 30 s.
    package var drainTimeoutSeconds = 20
}
