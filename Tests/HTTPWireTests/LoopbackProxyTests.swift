import HTTPCodec
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import HTTPWire

/// Client, plain proxy and upstream joined by real sockets.
@Suite(.timeLimit(.minutes(1))) struct LoopbackProxyTests {
    @Test func bodiesPassBothWaysOnKeptConnections() async throws {
        try await withService(echo) { upstream in
            try await withProxy(to: upstream.localAddress) { proxy, pool in
                let client = try await RawClient.connect(to: proxy.localAddress)
                for number in 1...20 {
                    let body = "number \(number)"
                    try await client.send(
                        "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                    try await client.wait(for: "\r\n\r\n\(body)")
                }
                try await client.send(
                    "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nchun\r\n3\r\nked\r\n0\r\n\r\n"
                )
                try await client.wait(for: "\r\n\r\nchunked")
                let counters = try await pool.counters()
                #expect(counters.upstreamOpened == 1 && counters.upstreamReused == 20)
                await client.close()
            }
        }
    }

    @Test func aBodyOfMegabytesPassesBothWays() async throws {
        let size = 8 << 20
        try await withService(maxBody: size, echo) { upstream in
            try await withProxy(to: upstream.localAddress) { proxy, _ in
                let client = try await RawClient.connect(to: proxy.localAddress)
                client.push(
                    ByteBuffer(
                        string: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\nConnection: close\r\n\r\n"))
                client.push(ByteBuffer(repeating: 0x78, count: size))
                try await client.waitForEnd()
                #expect(client.received.count > size)
                #expect(client.received.suffix(size).allSatisfy { $0 == 0x78 })
                await client.close()
            }
        }
    }

    @Test func eventsPassUnbuffered() async throws {
        let (stream, source) = AsyncStream.makeStream(of: [UInt8].self)
        let service: Service = { _ in
            ServiceResponse(status: 200, fields: [("Content-Type", "text/event-stream")], stream: stream)
        }
        try await withService(service) { upstream in
            try await withProxy(to: upstream.localAddress) { proxy, pool in
                let client = try await RawClient.connect(to: proxy.localAddress)
                try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                try await client.wait(for: "text/event-stream")
                for event in ["id: 1\ndata:\n\n", ": ping\n\n", "retry: 5\n\n"] {
                    source.yield(Array(event.utf8))
                    try await client.wait(for: event)
                }
                // The client leaves in the middle: the upstream connection goes with it.
                await client.close()
                try await eventually("the upstream call is cancelled") { try await pool.openCount() == 0 }
            }
        }
    }

    @Test func aReaderThatStopsStopsTheUpstream() async throws {
        let written = SharedCounter()
        let service: Service = { _ in
            let stream = AsyncStream<[UInt8]> {
                guard written.value < 4_000 else { return nil }
                written.add(1)
                return [UInt8](repeating: 0x78, count: 16 * 1024)
            }
            return ServiceResponse(status: 200, stream: stream)
        }
        try await withService(service) { upstream in
            try await withProxy(to: upstream.localAddress) { proxy, _ in
                let client = try await RawClient.connect(to: proxy.localAddress, reads: false)
                try await client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                // What is under way fits into buffers of bounded size: two of ours and four of the kernel's.
                var last = -1
                try await eventually("the upstream stops") {
                    let before = last
                    last = written.value
                    try await Task.sleep(for: .milliseconds(200))
                    return before == written.value && before > 0
                }
                #expect(last < 1_000, "\(last * 16) KiB under way")
                try await client.startReading()
                try await client.waitForEnd()
                #expect(client.received.count > 4_000 * 16 * 1024)
                await client.close()
            }
        }
    }

    @Test func aConnectionThatTheUpstreamClosedWhileIdleIsReplaced() async throws {
        var limits = WireLimits()
        limits.idleTimeout = .milliseconds(50)
        try await withService(limits: limits, echo) { upstream in
            try await withProxy(to: upstream.localAddress) { proxy, pool in
                let client = try await RawClient.connect(to: proxy.localAddress)
                for number in 1...3 {
                    try await client.send("GET /\(number) HTTP/1.1\r\nHost: h\r\n\r\n")
                    try await client.wait(for: "\r\n\r\n/\(number)")
                    try await eventually("the upstream closes") { try await pool.openCount() == 0 }
                }
                let counters = try await pool.counters()
                #expect(counters.upstreamOpened == 3)
                #expect(client.received.occurrences(of: "HTTP/1.1 200 OK") == 3)
                await client.close()
            }
        }
    }

    @Test func anUpstreamThatIsNotThereIsA502() async throws {
        let nobody = try ReservedPort()
        defer { withExtendedLifetime(nobody) {} }
        try await withProxy(to: SocketAddress(ipAddress: "127.0.0.1", port: nobody.number)) { proxy, _ in
            let client = try await RawClient.connect(to: proxy.localAddress)
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            try await client.wait(for: "HTTP/1.1 502 Bad Gateway")
            try await client.wait(for: "connect_failed")
            await client.close()
        }
    }

    @Test func anUpstreamThatBreaksOffBreaksTheClientOff() async throws {
        try await withListener({ _ in BreakingHandler() }) { upstream in
            try await withProxy(to: upstream.localAddress) { proxy, _ in
                let client = try await RawClient.connect(to: proxy.localAddress)
                try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                try await client.waitForEnd()
                #expect(client.received.occurrences(of: "\r\npart") == 1)
                #expect(client.received.occurrences(of: "\r\n0\r\n\r\n") == 0)
                await client.close()
            }
        }
    }
}

/// Begins a chunked response, and breaks off.
private final class BreakingHandler: RequestHandler {
    func received(_ head: RequestHead, from exchange: ServerExchange) {}
    func received(_ body: ByteBuffer, exchange: ServerExchange) {}
    func clientClosed(exchange: ServerExchange) {}

    func receivedEnd(exchange: ServerExchange) {
        exchange.respond(OutboundResponse(status: 200, content: .stream))
        exchange.write(ByteBuffer(string: "part"))
        exchange.flush()
        // Late enough for the part to be on its way.
        exchange.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { exchange.abort() }
    }

    func refused(_ error: WireError, exchange: ServerExchange?) -> WholeResponse {
        WholeResponse(status: error.status)
    }
}
