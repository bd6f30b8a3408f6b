import HTTPCodec
import NIOCore
import NIOPosix
import Testing

@testable import HTTPWire

/// Two listeners on one port, of which one stops: what a client sees of a restart.
@Suite(.timeLimit(.minutes(1))) struct HandOverTests {
    @Test func whileOneOfTwoListenersStopsNoConnectionIsReset() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        for _ in 0..<3 {
            let listeners = try await Listener.bind(onEach: Array(group.makeIterator()), host: "127.0.0.1", port: 0) {
                _ in ServiceHandler(maxBody: 0, service: echo)
            }
            let address = listeners[0].localAddress
            let answered = try await withThrowingTaskGroup(of: Int.self) { clients in
                for _ in 0..<4 {
                    clients.addTask {
                        for number in 0..<50 { try await Self.ask(address, number) }
                        return 50
                    }
                }
                try await Task.sleep(for: .milliseconds(10))
                await listeners[0].stopAccepting()
                return try await clients.reduce(0, +)
            }
            #expect(answered == 200)
            for listener in listeners { await listener.drain(timeout: .milliseconds(0)) }
        }
        try await group.shutdownGracefully()
    }

    private static func ask(_ address: SocketAddress, _ number: Int) async throws {
        let client = try await RawClient.connect(to: address)
        try await client.send("GET /\(number) HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        try await client.wait(for: "\r\n\r\n/\(number)")
        #expect(!client.isReset)
        await client.close()
    }
}
