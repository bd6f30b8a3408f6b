import HTTPCodec
import NIOCore
import NIOPosix
import Testing

@testable import HTTPWire

/// Answers every request at once, on the loop, with a body of a fixed size.
private final class PromptHandler: RequestHandler {
    static let bodyBytes = 64 * 1_024
    private let answered: SharedCounter

    init(_ answered: SharedCounter) {
        self.answered = answered
    }

    func received(_ head: RequestHead, from exchange: ServerExchange) {
        answered.add(1)
        exchange.respond(
            whole: WholeResponse(status: 200, body: [UInt8](repeating: 0x78, count: Self.bodyBytes)))
    }

    func received(_ body: ByteBuffer, exchange: ServerExchange) {}
    func receivedEnd(exchange: ServerExchange) {}
    func clientClosed(exchange: ServerExchange) {}

    func refused(_ error: WireError, exchange: ServerExchange?) -> WholeResponse {
        WholeResponse(status: error.status)
    }
}

@Suite(.timeLimit(.minutes(1))) struct PipeliningTests {
    private static let request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    /// Far more than the kernel's two buffers hold.
    private static let requests = 2_000

    @Test func whoPipelinesAndNeverReadsIsNotAnsweredIntoMemory() async throws {
        let answered = SharedCounter()
        try await withListener({ _ in PromptHandler(answered) }) { listener in
            let client = try await RawClient.connect(to: listener.localAddress, reads: false)
            client.push(ByteBuffer(string: String(repeating: Self.request, count: Self.requests)))
            try await eventually("the answers to stop") {
                let before = answered.value
                try await Task.sleep(for: .milliseconds(200))
                return before > 0 && answered.value == before
            }
            #expect(answered.value < Self.requests / 2)

            try await client.startReading()
            try await eventually("all answers, not \(answered.value)") { answered.value == Self.requests }
            await client.close()
        }
    }

    @Test func pipelinedRequestsBeforeAHalfCloseAreAllAnsweredThoughTheClientReadsLate() async throws {
        let answered = SharedCounter()
        try await withListener({ _ in PromptHandler(answered) }) { listener in
            let client = try await RawClient.connect(to: listener.localAddress, reads: false)
            try await client.send(String(repeating: Self.request, count: 400))
            try await client.shutdownOutput()
            try await client.startReading()
            try await eventually("all answers, not \(answered.value)") { answered.value == 400 }
            try await client.waitForEnd()
        }
    }

    @Test func whoPipelinesAndNeverReadsIsLetGoInTheEnd() async throws {
        let answered = SharedCounter()
        var limits = WireLimits()
        limits.writeTimeout = .milliseconds(200)
        try await withListener(limits: limits, { _ in PromptHandler(answered) }) { listener in
            let client = try await RawClient.connect(to: listener.localAddress, reads: false)
            client.push(ByteBuffer(string: String(repeating: Self.request, count: Self.requests)))
            try await eventually("the connection to go") {
                try await listener.counters().active == 0 && answered.value > 0
            }
            await client.close()
        }
    }
}
