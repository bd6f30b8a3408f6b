import HTTPCodec
import HTTPWire
import NIOCore
import Policy

/// The policy's limits in the terms of the wire.
extension Limits {
    var codec: CodecLimits { CodecLimits(headBytes: headBytes, headerFields: headerFields) }

    var wire: WireLimits {
        var limits = WireLimits()
        limits.codec = codec
        limits.headTimeout = .seconds(Int64(headTimeoutSeconds))
        limits.bodyTimeout = .seconds(Int64(bodyTimeoutSeconds))
        limits.idleTimeout = .seconds(Int64(idleTimeoutSeconds))
        limits.maxConnections = connections
        limits.connectionsPerPeer = connectionsPerPeer
        return limits
    }

    var upstream: UpstreamLimits {
        var limits = UpstreamLimits()
        limits.codec = codec
        limits.connectTimeout = .seconds(Int64(upstreamConnectTimeoutSeconds))
        limits.firstByteTimeout = .seconds(Int64(upstreamFirstByteTimeoutSeconds))
        limits.totalTimeout = .seconds(Int64(upstreamTotalTimeoutSeconds))
        limits.streamIdleTimeout = .seconds(Int64(streamIdleTimeoutSeconds))
        limits.connections = upstreamConnections
        limits.queue = upstreamQueue
        return limits
    }
}
