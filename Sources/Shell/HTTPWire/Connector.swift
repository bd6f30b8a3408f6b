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

    /// Plain TCP. TLS will be a connector that adds its handler and answers when the handshake is over.
    package static func tcp(limits: WireLimits = WireLimits()) -> Connector {
        Connector { endpoint, eventLoop, timeout in
            var bootstrap = ClientBootstrap(group: eventLoop)
                .connectTimeout(timeout)
                .channelOption(.autoRead, value: false)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(
                    .writeBufferWaterMark,
                    value: .init(low: limits.outputLowWatermark, high: limits.outputHighWatermark))
            if let bytes = limits.kernelReceiveBytes {
                bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(bytes))
            }
            let host = endpoint.host.string
            if let address = try? SocketAddress(ipAddress: host, port: endpoint.port) {
                return bootstrap.connect(to: address)
            }
            return bootstrap.connect(host: host, port: endpoint.port)
        }
    }
}
