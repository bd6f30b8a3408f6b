import Foundation
import HTTPWire
import NIOCore
import NIOPosix
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Before a gateway listens it asks whether anybody does.
@Suite struct PortProbeTests {
    @Test func aPortThatNobodyListensAtIsFree() throws {
        let port = try ReservedPort()
        try PortProbe.requireNobody(at: SocketAddress(ipAddress: "127.0.0.1", port: port.number))
    }

    @Test func whoWouldShareThePortIsFoundThere() async throws {
        let listener = try await Listener.bind(
            on: MultiThreadedEventLoopGroup.singleton.next(), host: "127.0.0.1", port: 0,
            makeHandler: { _ in ServiceHandler(maxBody: 0, service: echo) })
        let error = #expect(throws: IOError.self) { try PortProbe.requireNobody(at: listener.localAddress) }
        #expect(error?.errnoCode == EADDRINUSE)
        await listener.stopAccepting()
    }

    /// It would be reset a moment later.
    @Test func noConnectionGetsLostInIt() async throws {
        let port = try ReservedPort()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port.number)
        let probing = Task.detached {
            for _ in 0..<2_000 { try PortProbe.requireNobody(at: address) }
        }
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        for _ in 0..<500 {
            await #expect(throws: (any Error).self) { try await bootstrap.connect(to: address).get() }
        }
        try await probing.value
    }
}
