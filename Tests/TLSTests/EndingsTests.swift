import Crypto
import HTTPWire
import NIOCore
import NIOPosix
import StrictCoding
import Synchronization
import Testing

@testable import TLS

/// What peers do that is no TLS, or not the proper end of it.
@Suite(.timeLimit(.minutes(1))) struct TLSEndingsTests {
    /// Sends what it is told and collects what comes, without TLS.
    final class Raw: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let received = Mutex<[UInt8]>([])

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            received.withLock { $0.append(contentsOf: bytes.readableBytesView) }
        }
    }

    private func server() async throws -> ServerTLS {
        let authority = try await TestAuthority()
        return try ServerTLS(identity: try await authority.issue("leaf"), clients: .none)
    }

    @Test(arguments: [
        (Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8), TLSFault.violation(alert: nil)),
        ([UInt8](repeating: 0x55, count: 500), .violation(alert: nil)),
        ([], .closed),
        ([0x16, 0x03, 0x01], .closed),
    ]) func whatIsNoHandshakeEndsTheConnection(_ bytes: [UInt8], _ fault: TLSFault) async throws {
        let server = try await server()
        try await withServer(server) { listener in
            let raw = Raw()
            let channel = try await ClientBootstrap(group: loops)
                .channelInitializer { $0.pipeline.addHandler(raw) }
                .connect(to: listener.localAddress).get()
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
            if fault == .closed { try await channel.close().get() } else { try await channel.closeFuture.get() }
            for _ in 0..<100 where server.counters.failed.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            #expect(server.counters.failed == [fault: 1])
            // An alert at most; never a word of HTTP.
            #expect(raw.received.withLock { $0.count } <= 7)
            let counters = try await listener.counters()
            #expect(counters.requests == 0 && counters.refused.isEmpty)
        }
    }

    /// A server of one connection: the handshake, `answer`, and then the end, with or without a word.
    private func withAnswer(
        _ answer: String, saysClosed: Bool, _ body: (TestClient, Int) async throws -> Void
    ) async throws {
        let authority = try await TestAuthority()
        let context = try ServerContext(identity: try await authority.issue("leaf"), clients: .none)
        let listening = try await ServerBootstrap(group: loops).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let session = try #require(context.makeSession())
                let handler = TLSHandler(
                    session: session, side: .server, timeout: .seconds(5), whenShaken: { _ in })
                try channel.pipeline.syncOperations.addHandler(handler)
                try channel.pipeline.syncOperations.addHandler(OneAnswer(answer, saysClosed: saysClosed))
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        let client = TestClient(try ClientTLS(trust: .only(try authority.certificate)))
        try await body(client, listening.localAddress?.port ?? 0)
        await client.shutdown()
        try await listening.close().get()
    }

    final class OneAnswer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let answer: String
        private let saysClosed: Bool

        init(_ answer: String, saysClosed: Bool) {
            self.answer = answer
            self.saysClosed = saysClosed
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let channel = context.channel
            let saysClosed = saysClosed
            let sent = context.eventLoop.makePromise(of: Void.self)
            context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: sent)
            sent.futureResult.whenSuccess {
                if saysClosed {
                    channel.close(promise: nil)
                } else {
                    // Past the handler that would say it.
                    channel.pipeline.context(handlerType: TLSHandler.self).assumeIsolated().whenSuccess {
                        $0.close(promise: nil)
                    }
                }
            }
        }
    }

    @Test func aBodyThatEndsWithTheConnectionNeedsAProperEnd() async throws {
        let answer = "HTTP/1.1 200 OK\r\n\r\nall there is"
        try await withAnswer(answer, saysClosed: true) { client, port in
            let response = try await client.fetch(port: port)
            #expect(response.body == Array("all there is".utf8))
        }
        try await withAnswer(answer, saysClosed: false) { client, port in
            #expect(await client.failure(port: port) == .upstream(.closedEarly))
        }
    }

    @Test func aBodyThatIsWholeNeedsNone() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        try await withAnswer(answer, saysClosed: false) { client, port in
            let response = try await client.fetch(port: port)
            #expect(response.body == Array("ok".utf8))
        }
    }

    @Test func aPeerThatNeverReadsIsWaitedForAndNotFed() async throws {
        let authority = try await TestAuthority()
        let server = try ServerTLS(identity: try await authority.issue("leaf"), clients: .none)
        let produced = Mutex(0)
        let tls = try ClientTLS(trust: .only(try authority.certificate))
        var limits = WireLimits()
        limits.writeTimeout = .seconds(2)
        let service: Service = { _ in
            ServiceResponse(
                status: 200,
                stream: AsyncStream {
                    let total = produced.withLock { produced -> Int in
                        produced += 64 * 1024
                        return produced
                    }
                    return total > 256 * 1024 * 1024 ? nil : [UInt8](repeating: 0x78, count: 64 * 1024)
                })
        }
        try await withServer(server, limits: limits, service) { listener in
            let channel = try await ClientBootstrap(group: loops.next()).channelOption(.autoRead, value: false)
                .connect(to: listener.localAddress).get()
            try await channel.eventLoop.flatSubmit { tls.security.secure(channel, "localhost") }.get()
            try await channel.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: h\r\n\r\n")).get()
            var before = 0
            var now = 0
            repeat {
                before = now
                try await Task.sleep(for: .milliseconds(500))
                now = produced.withLock { $0 }
            } while now != before || now == 0
            #expect(now < 64 * 1024 * 1024)
            // And not for ever.
            for _ in 0..<500 {
                if try await listener.counters().active == 0 { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            let counters = try await listener.counters()
            #expect(counters.active == 0)
            channel.close(promise: nil)
        }
    }

    @Test func aServerThatNeverAnswersIsGivenUp() async throws {
        let listening = try await ServerBootstrap(group: loops).bind(host: "127.0.0.1", port: 0).get()
        let authority = try await TestAuthority()
        let client = TestClient(
            try ClientTLS(trust: .only(try authority.certificate), identity: nil, handshakeTimeout: .milliseconds(300)))
        let failure = await client.failure(port: listening.localAddress?.port ?? 0)
        #expect(failure == .upstream(.tls(.handshakeTimeout)))
        await client.shutdown()
        try await listening.close().get()
    }
}
