package import NIOCore

/// One loop's connections to upstreams, kept per endpoint and used again. Loop-confined.
package final class UpstreamPool {
    package let eventLoop: any EventLoop
    package let limits: UpstreamLimits
    @exclusivity(unchecked) package internal(set) var counters = WireCounters()

    let connector: Connector
    let shelf = BufferShelf()
    /// Within `start`, when delegates must not be called yet.
    @exclusivity(unchecked) private(set) var isStarting = false
    @exclusivity(unchecked) private(set) var isShutDown = false
    private var origins: [Endpoint: UpstreamOrigin] = [:]
    @exclusivity(unchecked) private var latest: UpstreamOrigin?

    package init(eventLoop: any EventLoop, limits: UpstreamLimits = UpstreamLimits(), connector: Connector = .tcp()) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.connector = connector
    }

    /// Sends a request on an idle connection, or a new one, or in its turn when all are busy.
    ///
    /// - Parameter callerFlushes: the caller flushes a streamed request before it returns to the loop, and looks at
    ///   `isWritable` by itself, which saves a turn of the loop.
    package func start(
        _ head: UpstreamHead, body: UpstreamBody, delegate: any UpstreamDelegate, callerFlushes: Bool = false
    ) -> UpstreamCall {
        let origin = origin(of: head.endpoint)
        let call = UpstreamCall(
            head, body: body, delegate: delegate, origin: origin, callerFlushes: callerFlushes)
        isStarting = true
        defer { isStarting = false }
        if isShutDown {
            call.fail(.shutdown)
        } else {
            origin.admit(call)
        }
        return call
    }

    /// Connections without a call, and all connections including those being opened.
    package var idleCount: Int { origins.values.reduce(0) { $0 + $1.idleCount } }
    package var openCount: Int { origins.values.reduce(0) { $0 + $1.openCount } }
    package var queuedCount: Int { origins.values.reduce(0) { $0 + $1.queuedCount } }

    package func closeIdle() {
        for origin in Array(origins.values) { origin.closeIdle() }
    }

    /// Closes everything and refuses further calls; calls in flight hear `.shutdown` or `.closedEarly`.
    package func shutdown() {
        isShutDown = true
        for origin in Array(origins.values) { origin.shutdown() }
    }

    /// An endpoint without connections and calls is forgotten, so that their number is bounded by what is in use.
    func forget(_ origin: UpstreamOrigin) {
        if origins[origin.endpoint] === origin { origins[origin.endpoint] = nil }
        if latest === origin { latest = nil }
    }

    func keep(_ origin: UpstreamOrigin) {
        origins[origin.endpoint] = origin
    }

    private func origin(of endpoint: Endpoint) -> UpstreamOrigin {
        // Comparing costs a fraction of hashing.
        if let latest, latest.endpoint == endpoint { return latest }
        let origin = origins[endpoint] ?? UpstreamOrigin(endpoint, pool: self)
        origins[endpoint] = origin
        latest = origin
        return origin
    }
}
