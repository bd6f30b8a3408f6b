package import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A listening socket on one loop; all its connections stay on that loop.
package struct Listener: Sendable {
    /// Makes the handler of one connection, on its loop.
    package typealias MakeHandler = @Sendable (any EventLoop) -> any RequestHandler

    package let localAddress: SocketAddress
    package var eventLoop: any EventLoop { channel.eventLoop }
    private let channel: any Channel
    private let registry: NIOLoopBound<ConnectionRegistry>

    /// Listens on `host` (an address or a name) and `port` (0: any free one).
    ///
    /// - Parameters:
    ///   - sharesPort: other sockets may listen on the same port, and the kernel spreads connections over them.
    ///   - acceptsAtOnce: `false` lets connections wait in the kernel until `beginAccepting`.
    package static func bind(
        on eventLoop: any EventLoop, host: String, port: Int, sharesPort: Bool = true,
        limits: WireLimits = WireLimits(), budget: ConnectionBudget? = nil, security: ListenerSecurity? = nil,
        acceptsAtOnce: Bool = true, makeHandler: @escaping MakeHandler
    ) async throws -> Listener {
        let budget = budget ?? limits.budget()
        let registry = try await eventLoop.submit {
            NIOLoopBound(ConnectionRegistry(eventLoop: eventLoop, limits: limits, budget: budget), eventLoop: eventLoop)
        }.get()
        var bootstrap = ServerBootstrap(group: eventLoop, childGroup: eventLoop)
            .serverChannelOption(.backlog, value: Int32(limits.backlog))
            .serverChannelOption(.maxMessagesPerRead, value: 16)
            .serverChannelOption(.autoRead, value: acceptsAtOnce)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A client that shuts down its sending side after the request still reads the answer.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: limits.outputLowWatermark, high: limits.outputHighWatermark)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try serve(channel, registry: registry.value, security: security, makeHandler: makeHandler)
                }
            }
        if sharesPort {
            bootstrap = bootstrap.serverChannelOption(.socket(.init(SOL_SOCKET), .init(SO_REUSEPORT)), value: 1)
        }
        if let bytes = limits.kernelReceiveBytes {
            // Accepted sockets inherit it.
            bootstrap = bootstrap.serverChannelOption(.socketOption(.so_rcvbuf), value: .init(bytes))
        }
        let channel = try await bootstrap.bind(host: host, port: port).get()
        guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
        return Listener(localAddress: address, channel: channel, registry: registry)
    }

    /// Listens once per loop on the same port.
    package static func bind(
        onEach eventLoops: [any EventLoop], host: String, port: Int, limits: WireLimits = WireLimits(),
        security: ListenerSecurity? = nil, acceptsAtOnce: Bool = true, makeHandler: @escaping MakeHandler
    ) async throws -> [Listener] {
        let budget = limits.budget()
        var listeners: [Listener] = []
        do {
            for eventLoop in eventLoops {
                // Port 0 means any free port for the first, and that one for the others.
                let port = listeners.first?.localAddress.port ?? port
                listeners.append(
                    try await bind(
                        on: eventLoop, host: host, port: port, limits: limits, budget: budget, security: security,
                        acceptsAtOnce: acceptsAtOnce, makeHandler: makeHandler))
            }
        } catch {
            for listener in listeners { await listener.stopAccepting() }
            throw error
        }
        return listeners
    }

    /// Takes the connections that waited, and all that come, where `bind` was told to let them wait.
    package func beginAccepting() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// Closes the listening socket once it has accepted all connections that clients had begun; connections go on.
    package func stopAccepting() async {
        guard await queue(after: { SynFilter.attach(to: $0) }) != nil else { return }
        // The handshakes that have begun need a round trip to end.
        try? await Task.sleep(for: Self.handshakePatience)
        for _ in 0..<Self.longestQueueChecks {
            guard await queue(after: { _ in }) == true else { break }
            try? await Task.sleep(for: .milliseconds(5))
        }
        // It fails only where the socket is closed already.
        try? await channel.close().get()
    }

    private static let handshakePatience: Duration = .milliseconds(100)
    private static let longestQueueChecks = 200

    /// Whether connections wait to be accepted, asked after something was done to the socket; nil where it is closed.
    private func queue(after change: @escaping @Sendable (NIOBSDSocket.Handle) -> Void) async -> Bool? {
        let asked = eventLoop.submit { [channel] in
            guard channel.isActive else { return Bool?.none }
            return try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable { socket in
                change(socket)
                return SynFilter.hasQueue(socket)
            }
        }
        return try? await asked.get()
    }

    /// Stops accepting, closes idle connections, lets busy ones finish their response, and after `timeout` closes what
    /// is left.
    package func drain(timeout: TimeAmount) async {
        await stopAccepting()
        let done = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { [registry, eventLoop] in
            let registry = registry.value
            let patience = eventLoop.assumeIsolated().scheduleTask(in: timeout) { registry.closeAll() }
            registry.drain {
                patience.cancel()
                done.succeed()
            }
        }
        try? await done.futureResult.get()
    }

    /// A reading of the counters of this listener.
    package func counters() async throws -> WireCounters {
        try await eventLoop.submit { [registry] in registry.value.counters }.get()
    }

    /// The state that its connections share, for whoever is on the loop.
    package func onLoop() -> ConnectionRegistry { registry.value }

    private static func serve(
        _ channel: any Channel, registry: ConnectionRegistry, security: ListenerSecurity?, makeHandler: MakeHandler
    ) throws {
        let admission = registry.admit(PeerAddress(channel.remoteAddress))
        channel.closeFuture.assumeIsolated().whenComplete { _ in registry.released(admission) }
        switch admission {
        case .serve:
            try security?.secure(channel)
            let connection = ServerConnection(registry: registry, handler: makeHandler(channel.eventLoop))
            try channel.pipeline.syncOperations.addHandler(connection)
        case .turnAway where security != nil:
            // A handshake would cost what there is too little of.
            channel.close(promise: nil)
        case .turnAway:
            try channel.pipeline.syncOperations.addHandler(OverflowAnswer(timeout: .milliseconds(500)))
        case .drop:
            channel.close(promise: nil)
        }
    }
}
