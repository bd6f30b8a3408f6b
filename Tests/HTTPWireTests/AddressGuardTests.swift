import HTTPCodec
import NIOCore
import NIOPosix
import StrictCoding
import Synchronization
import Testing

@testable import HTTPWire

/// The guard on real sockets, where every address is this machine's own.
@Suite(.timeLimit(.minutes(1))) struct AddressGuardTests {
    private func fetch(
        _ host: ByteString, port: Int, _ reach: Endpoint.Reach, lookup: AddressLookup = .system
    ) async -> Result<Int, FetchFailure> {
        let client = HTTPClient(
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), connector: .tcp(lookup: lookup))
        let head = UpstreamHead(
            method: .get, target: Array("/".utf8), endpoint: Endpoint(host: host, port: port, reach: reach))
        let result: Result<Int, FetchFailure>
        do throws(FetchFailure) {
            result = .success(try await client.fetch(head, deadline: .seconds(10), maxBytes: 1_000).status)
        } catch {
            result = .failure(error)
        }
        await client.shutdown()
        return result
    }

    private static let refused = Result<Int, FetchFailure>.failure(.upstream(.addressRefused))

    @Test func thisMachineIsNotTheInternet() async throws {
        try await withService(echo) { listener in
            let port = listener.localAddress.port ?? 0
            #expect(await fetch("127.0.0.1", port: port, .any) == .success(200))
            #expect(await fetch("127.0.0.1", port: port, .globalOrPrivate) == .success(200))
            #expect(await fetch("127.0.0.1", port: port, .global) == Self.refused)
            #expect(await fetch("localhost", port: port, .globalOrPrivate) == .success(200))
            #expect(await fetch("localhost", port: port, .global) == Self.refused)
            let accepted = try await listener.counters().accepted
            #expect(accepted == 3, "the others had no connection at all")
        }
    }

    /// Spellings that the system's resolver takes for addresses.
    @Test(arguments: ["0x7f000001", "2130706433", "127.1", "0177.0.0.1", "127.0.0.1.", "localhost."])
    func noSpellingOfAnAddressGetsThrough(host: String) async throws {
        try await withService(echo) { listener in
            let got = await fetch(ByteString(host), port: listener.localAddress.port ?? 0, .global)
            #expect(got == Self.refused || got == .failure(.upstream(.connectFailed)))
            let accepted = try await listener.counters().accepted
            #expect(accepted == 0)
        }
    }

    @Test(arguments: [Endpoint.Reach.global, .globalOrPrivate]) func aNameThatDoesNotExistIsNotReachable(
        reach: Endpoint.Reach
    ) async {
        let got = await fetch("does-not-exist.invalid", port: 80, reach)
        #expect(got == .failure(.upstream(.connectFailed)))
    }

    /// The name is asked once for each connection; a kept one is used again without asking.
    @Test func aKeptConnectionStaysWithTheAddressThatWasLookedAt() async throws {
        try await withService(echo) { listener in
            let port = listener.localAddress.port ?? 0
            let asked = Mutex(0)
            let lookup = AddressLookup { _, port, eventLoop, _ in
                let count = asked.withLock { asked in
                    asked += 1
                    return asked
                }
                let text = count == 1 ? "127.0.0.1" : "169.254.169.254"
                return eventLoop.makeCompletedFuture { [try SocketAddress(ipAddress: text, port: port)] }
            }
            let client = HTTPClient(
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(), connector: .tcp(lookup: lookup))
            let head = UpstreamHead(
                method: .get, target: Array("/".utf8),
                endpoint: Endpoint(host: "api.example", port: port, reach: .globalOrPrivate))
            for _ in 0..<3 {
                let got = try await client.fetch(head, deadline: .seconds(10), maxBytes: 1_000)
                #expect(got.status == 200)
            }
            #expect(asked.withLock { $0 } == 1)
            let accepted = try await listener.counters().accepted
            #expect(accepted == 1)

            var other = head
            other.endpoint = Endpoint(host: "api.example", port: port, reach: .global)
            await #expect(throws: FetchFailure.upstream(.addressRefused)) {
                try await client.fetch(other, deadline: .seconds(10), maxBytes: 1_000)
            }
            let stillAccepted = try await listener.counters().accepted
            #expect(stillAccepted == 1)
            await client.shutdown()
        }
    }
}
