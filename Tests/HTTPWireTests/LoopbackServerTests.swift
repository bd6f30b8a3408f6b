import HTTPCodec
import NIOCore
import NIOPosix
import Testing

@testable import HTTPWire

/// The server side on real sockets: what only the kernel can show.
@Suite(.timeLimit(.minutes(1))) struct LoopbackServerTests {
    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withService(echo) { listener in
            let client = try await RawClient.connect(to: listener.localAddress)
            let requests = (0..<100).map { "GET /\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined()
            try await client.send(requests + "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            try await client.waitForEnd()
            #expect(client.received.occurrences(of: "HTTP/1.1 200 OK\r\n") == 101)
            #expect(text(client.received).hasSuffix("/last"))
            let counters = try await listener.counters()
            #expect(counters.requests == 101 && counters.accepted == 1)
        }
    }

    @Test func aClientThatHalfClosesStillGetsItsAnswer() async throws {
        try await withService(echo) { listener in
            let client = try await RawClient.connect(to: listener.localAddress)
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
            try await client.shutdownOutput()
            try await client.wait(for: "\r\n\r\nhello")
            try await client.waitForEnd()
            #expect(!client.isReset)
        }
    }

    @Test func aRefusalIsReadableThoughMuchWasSentAfterIt() async throws {
        try await withService(echo) { listener in
            let client = try await RawClient.connect(to: listener.localAddress)
            client.push(ByteBuffer(string: "BAD\r\n\r\n"))
            client.push(ByteBuffer(repeating: 0x78, count: 100_000))
            try await client.wait(for: #"{"error":"malformed_request_line"}"#)
            try await client.shutdownOutput()
            try await client.waitForEnd()
            #expect(!client.isReset)
        }
    }

    @Test func anEarlyAnswerIsReadableThoughTheContentGoesOn() async throws {
        try await withService(maxBody: 1_000, echo) { listener in
            let client = try await RawClient.connect(to: listener.localAddress)
            client.push(ByteBuffer(string: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n"))
            client.push(ByteBuffer(repeating: 0x78, count: 200_000))
            try await client.wait(for: "HTTP/1.1 413 Content Too Large")
            try await client.wait(for: "Connection: close")
            try await client.waitForEnd()
            #expect(!client.isReset)
        }
    }

    @Test func oneConnectionTooManyIsToldSo() async throws {
        var limits = WireLimits()
        limits.maxConnections = 1
        try await withService(limits: limits, echo) { listener in
            let first = try await RawClient.connect(to: listener.localAddress)
            try await first.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n")
            try await first.wait(for: "/first")
            let second = try await RawClient.connect(to: listener.localAddress)
            try await second.wait(for: "HTTP/1.1 503 Service Unavailable")
            try await second.waitForEnd()
            await second.close()
            await first.close()
            try await eventually("a place is free again") {
                let third = try await RawClient.connect(to: listener.localAddress)
                try? await third.send("GET /third HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                try await third.waitForEnd()
                return third.received.occurrences(of: "/third") == 1
            }
            let counters = try await listener.counters()
            #expect(counters.overflowed >= 1)
        }
    }

    @Test func aServiceStreamsEventsAsTheyCome() async throws {
        let (stream, source) = AsyncStream.makeStream(of: [UInt8].self)
        let cancelled = AsyncStream.makeStream(of: Void.self)
        source.onTermination = { _ in cancelled.continuation.finish() }
        let service: Service = { _ in
            ServiceResponse(status: 200, fields: [("Content-Type", "text/event-stream")], stream: stream)
        }
        try await withService(service) { listener in
            let client = try await RawClient.connect(to: listener.localAddress)
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            try await client.wait(for: "text/event-stream")
            for number in 1...3 {
                source.yield(Array("data: \(number)\n\n".utf8))
                try await client.wait(for: "data: \(number)\n\n")
            }
            await client.close()
            // The stream hears that nobody listens any more.
            for await _ in cancelled.stream {}
        }
    }

    @Test func drainLetsABusyConnectionFinishAndClosesAnIdleOne() async throws {
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let service: Service = { request in
            if request.path == "/slow" { for await _ in gate {} }
            return await echo(request)
        }
        try await withService(service) { listener in
            let idle = try await RawClient.connect(to: listener.localAddress)
            try await idle.send("GET /idle HTTP/1.1\r\nHost: h\r\n\r\n")
            try await idle.wait(for: "/idle")
            let busy = try await RawClient.connect(to: listener.localAddress)
            try await busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
            try await eventually("both requests are there") { try await listener.counters().requests == 2 }
            async let drained: Void = listener.drain(timeout: .seconds(30))
            try await idle.waitForEnd()
            #expect(!busy.sawEnd)
            opener.finish()
            try await busy.wait(for: "Connection: close")
            try await busy.wait(for: "/slow")
            try await busy.waitForEnd()
            await busy.close()
            await drained
        }
    }

    @Test func drainLosesPatience() async throws {
        let (gate, _) = AsyncStream.makeStream(of: Void.self)
        let service: Service = { request in
            for await _ in gate {}
            return await echo(request)
        }
        try await withService(service) { listener in
            let client = try await RawClient.connect(to: listener.localAddress)
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            try await eventually("the request is there") { try await listener.counters().requests == 1 }
            await listener.drain(timeout: .milliseconds(50))
            try await client.waitForEnd()
            #expect(client.received.isEmpty)
        }
    }

    @Test func listenersOfSeveralLoopsShareOnePort() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loops = Array(group.makeIterator())
        let listeners = try await Listener.bind(onEach: loops, host: "127.0.0.1", port: 0) { _ in
            ServiceHandler(maxBody: 0, service: echo)
        }
        #expect(Set(listeners.map { $0.localAddress.port }).count == 1)
        for number in 0..<16 {
            let client = try await RawClient.connect(to: listeners[0].localAddress)
            try await client.send("GET /\(number) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            try await client.wait(for: "\r\n\r\n/\(number)")
        }
        var total = WireCounters()
        for listener in listeners {
            total += try await listener.counters()
            await listener.drain(timeout: .milliseconds(0))
        }
        #expect(total.requests == 16)
        try await group.shutdownGracefully()
    }
}
