package import NIOCore
import NIOPosix

/// How a pool gets its connections.
package struct Connector: Sendable {
    /// The channel is connected, belongs to the given loop, has no handlers that decode, and has `autoRead` off, so
    /// that no byte arrives before the pool has put its own handler there.
    package typealias Connect =
        @Sendable (_ endpoint: Endpoint, _ eventLoop: any EventLoop, _ timeout: TimeAmount) -> EventLoopFuture<
            any Channel
        >

    package let connect: Connect

    package init(_ connect: @escaping Connect) {
        self.connect = connect
    }

    /// TCP, and what the endpoint's security adds to it.
    ///
    /// Fails with an `UpstreamFailure` where it knows more than that there is no connection.
    package static func tcp(limits: WireLimits = WireLimits(), lookup: AddressLookup = .system) -> Connector {
        Connector { endpoint, eventLoop, timeout in
            let channel = dial(endpoint, eventLoop, timeout, limits, lookup)
            guard let security = endpoint.security else { return channel }
            return channel.flatMap { channel in
                security.secure(channel, endpoint.host).map { channel }.flatMapErrorThrowing { error in
                    channel.close(promise: nil)
                    throw error
                }
            }
        }
    }

    private static func dial(
        _ endpoint: Endpoint, _ eventLoop: any EventLoop, _ timeout: TimeAmount, _ limits: WireLimits,
        _ lookup: AddressLookup
    ) -> EventLoopFuture<any Channel> {
        switch endpoint.reach {
        case .any:
            let bootstrap = bootstrap(on: eventLoop, timeout, limits)
            let host = endpoint.host.string
            if let address = try? SocketAddress(ipAddress: host, port: endpoint.port) {
                return bootstrap.connect(to: address)
            }
            return bootstrap.connect(host: host, port: endpoint.port)
        case .global, .globalOrPrivate:
            let dial = GuardedDial(
                endpoint: endpoint, eventLoop: eventLoop, timeout: timeout, lookup: lookup,
                dial: { bootstrap(on: eventLoop, $1, limits).connect(to: $0) })
            return dial.connect()
        }
    }

    private static func bootstrap(
        on eventLoop: any EventLoop, _ timeout: TimeAmount, _ limits: WireLimits
    ) -> ClientBootstrap {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A channel keeps its last buffer while it idles; where much arrives the next one is larger.
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 65_536)
            )
            .channelOption(
                .writeBufferWaterMark,
                value: .init(low: limits.outputLowWatermark, high: limits.outputHighWatermark))
        guard let bytes = limits.kernelReceiveBytes else { return bootstrap }
        return bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(bytes))
    }
}
