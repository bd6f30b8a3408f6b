import HTTPCodec
import NIOCore
import NIOPosix
import StrictCoding

@testable import HTTPWire

/// Starts a service on a free port of the loopback address, and stops it after the test.
func withService<Result>(
    limits: WireLimits = WireLimits(), maxBody: Int = 1 << 20, _ service: @escaping Service,
    _ test: (Listener) async throws -> Result
) async throws -> Result {
    try await withListener(limits: limits, { _ in ServiceHandler(maxBody: maxBody, service: service) }, test)
}

func withListener<Result>(
    limits: WireLimits = WireLimits(), _ makeHandler: @escaping Listener.MakeHandler,
    _ test: (Listener) async throws -> Result
) async throws -> Result {
    let listener = try await Listener.bind(
        on: MultiThreadedEventLoopGroup.singleton.next(), host: "127.0.0.1", port: 0, limits: limits,
        makeHandler: makeHandler)
    do {
        let result = try await test(listener)
        await listener.drain(timeout: .milliseconds(0))
        return result
    } catch {
        await listener.drain(timeout: .milliseconds(0))
        throw error
    }
}

/// Starts a plain proxy to an upstream; the pool lives on the listener's loop.
func withProxy<Result>(
    to upstream: SocketAddress, limits: WireLimits = WireLimits(), upstreamLimits: UpstreamLimits = UpstreamLimits(),
    _ test: (Listener, ProxyPool) async throws -> Result
) async throws -> Result {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let pool = try await ProxyPool(loop, limits: upstreamLimits)
    let endpoint = Endpoint(host: "127.0.0.1", port: upstream.port ?? 0)
    let listener = try await Listener.bind(on: loop, host: "127.0.0.1", port: 0, limits: limits) { _ in
        PlainProxy(pool: pool.onLoop, endpoint: endpoint)
    }
    do {
        let result = try await test(listener, pool)
        await listener.drain(timeout: .milliseconds(0))
        try await pool.shutdown()
        return result
    } catch {
        await listener.drain(timeout: .milliseconds(0))
        try await pool.shutdown()
        throw error
    }
}

/// A pool seen from outside its loop.
final class ProxyPool: Sendable {
    private let loop: any EventLoop
    private let pool: NIOLoopBound<UpstreamPool>

    init(_ loop: any EventLoop, limits: UpstreamLimits) async throws {
        self.loop = loop
        pool = try await loop.submit {
            NIOLoopBound(UpstreamPool(eventLoop: loop, limits: limits), eventLoop: loop)
        }.get()
    }

    var onLoop: UpstreamPool { pool.value }

    func counters() async throws -> WireCounters {
        try await loop.submit { self.pool.value.counters }.get()
    }

    func openCount() async throws -> Int {
        try await loop.submit { self.pool.value.openCount }.get()
    }

    func shutdown() async throws {
        try await loop.submit { self.pool.value.shutdown() }.get()
    }
}

/// Echoes what it got; `/slow` holds its answer back until the test lets it go.
let echo: Service = { request in
    ServiceResponse(
        status: 200, fields: [("Content-Type", "application/octet-stream")],
        body: request.body.isEmpty ? Array(request.path.utf8) : request.body)
}
