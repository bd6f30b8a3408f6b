import NIOCore

/// The connections to one endpoint, and the calls that wait for one.
final class UpstreamOrigin {
    let endpoint: Endpoint
    /// For `Host`, where a request has none.
    let authority: [UInt8]
    /// The pool outlives its origins' connections, which it closes at shutdown.
    let pool: UpstreamPool
    /// The most recently used is last, and is taken first.
    @exclusivity(unchecked) private var idle: [UpstreamConnection] = []
    private var connections: [ObjectIdentifier: UpstreamConnection] = [:]
    private var connecting = 0
    @exclusivity(unchecked) private var waiting = CircularBuffer<UpstreamCall>()
    // What waits and what idles keeps the origin, so that it outlives its deadlines.
    private lazy var idleDeadline = LazyDeadline(on: pool.eventLoop) { [unowned self] in closeExpired() }
    private lazy var queueDeadline = LazyDeadline(on: pool.eventLoop) { [unowned self] in failExpired() }

    init(_ endpoint: Endpoint, pool: UpstreamPool) {
        self.endpoint = endpoint
        authority = endpoint.authority
        self.pool = pool
    }

    var idleCount: Int { idle.count }
    var openCount: Int { connections.count + connecting }
    var queuedCount: Int { waiting.count }

    // MARK: Calls

    func admit(_ call: UpstreamCall) {
        if waiting.isEmpty, assign(call) { return }
        guard waiting.count < pool.limits.queue else { return call.fail(.queueFull) }
        call.queueDeadline = pool.eventLoop.now + pool.limits.queueTimeout
        waiting.append(call)
        if waiting.count == 1 { queueDeadline.set(at: call.queueDeadline) }
    }

    /// Sends a call again that a dead connection lost, on a fresh connection, before all that wait.
    func retry(_ call: UpstreamCall) {
        call.wasRetried = true
        call.state = .queued
        pool.counters.upstreamRetried += 1
        // The connections that have idled as long are no better.
        closeIdle()
        if openCount < pool.limits.connections {
            connect(for: call)
        } else {
            call.queueDeadline = pool.eventLoop.now + pool.limits.queueTimeout
            waiting.prepend(call)
            if waiting.count == 1 { queueDeadline.set(at: call.queueDeadline) }
        }
    }

    /// A queued call was cancelled.
    func forget(_ call: UpstreamCall) {
        waiting.removeAll { $0 === call }
        forgetIfUnused()
    }

    /// Gives a call a connection, idle or new; false where it has to wait.
    private func assign(_ call: UpstreamCall) -> Bool {
        while let connection = idle.popLast() {
            guard connection.isUsable else { continue }
            guard !connection.wasLeft else {
                connection.close()
                continue
            }
            pool.counters.upstreamReused += 1
            connection.begin(call)
            return true
        }
        guard openCount < pool.limits.connections else { return false }
        connect(for: call)
        return true
    }

    private func serveWaiting() {
        while let call = waiting.first, !pool.isShutDown, idle.last != nil || openCount < pool.limits.connections {
            waiting.removeFirst()
            _ = assign(call)
        }
    }

    private func failExpired() {
        while let call = waiting.first, call.queueDeadline <= pool.eventLoop.now {
            waiting.removeFirst()
            call.fail(.queueTimeout)
        }
        if let call = waiting.first { queueDeadline.set(at: call.queueDeadline) }
        forgetIfUnused()
    }

    // MARK: Connecting

    private func connect(for call: UpstreamCall) {
        call.state = .connecting
        connecting += 1
        // Its last connection may have been closed just now, and the pool have forgotten it.
        pool.keep(self)
        let timeout = pool.limits.connectTimeout
        let patience = pool.eventLoop.assumeIsolated().scheduleTask(in: timeout) { call.fail(.connectTimeout) }
        pool.connector.connect(endpoint, pool.eventLoop, timeout).hop(to: pool.eventLoop).assumeIsolated().whenComplete
        {
            patience.cancel()
            self.connecting -= 1
            switch $0 {
            case .success(let channel): self.connected(channel, for: call)
            case .failure(let failure as UpstreamFailure): call.fail(failure)
            case .failure(ChannelError.connectTimeout): call.fail(.connectTimeout)
            case .failure: call.fail(.connectFailed)
            }
            self.serveWaiting()
            self.forgetIfUnused()
        }
    }

    private func connected(_ channel: any Channel, for call: UpstreamCall) {
        let connection = UpstreamConnection(origin: self)
        do {
            guard channel.isActive, !pool.isShutDown else { throw ChannelError.ioOnClosedChannel }
            try channel.pipeline.syncOperations.addHandler(connection)
            try channel.syncOptions?.setOption(.autoRead, value: true)
        } catch {
            channel.close(promise: nil)
            return call.fail(.connectFailed)
        }
        // The peer may have closed at the first read.
        guard connection.isUsable else { return call.fail(.closedEarly) }
        connections[ObjectIdentifier(connection)] = connection
        pool.counters.upstreamOpened += 1
        if case .connecting = call.state {
            connection.begin(call)
        } else {
            // Cancelled meanwhile: good for the next call.
            released(connection)
        }
    }

    // MARK: Connections

    func released(_ connection: UpstreamConnection) {
        guard !pool.isShutDown else { return connection.close() }
        idle.append(connection)
        serveWaiting()
        if idle.count > pool.limits.idleConnections { idle.removeFirst().close() }
        // Where others idle longer the deadline is theirs.
        if idle.count == 1 { watchIdle() }
    }

    func closed(_ connection: UpstreamConnection) {
        connections[ObjectIdentifier(connection)] = nil
        idle.removeAll { $0 === connection }
        serveWaiting()
        forgetIfUnused()
    }

    func closeIdle() {
        let all = idle
        idle = []
        for connection in all { connection.close() }
    }

    func shutdown() {
        let calls = Array(waiting)
        waiting.removeAll()
        for call in calls { call.fail(.shutdown) }
        for connection in Array(connections.values) { connection.shutDown() }
        forgetIfUnused()
    }

    private func closeExpired() {
        let limit = pool.eventLoop.now - pool.limits.idleTimeout
        while let oldest = idle.first, oldest.idleSince <= limit {
            idle.removeFirst()
            oldest.close()
        }
        watchIdle()
    }

    private func watchIdle() {
        // The stack's lowest has been idle longest.
        if let oldest = idle.first { idleDeadline.set(at: oldest.idleSince + pool.limits.idleTimeout) }
    }

    private func forgetIfUnused() {
        guard openCount == 0, waiting.isEmpty else { return }
        idleDeadline.cancel()
        queueDeadline.cancel()
        pool.forget(self)
    }
}
