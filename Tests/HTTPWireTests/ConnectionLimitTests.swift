import NIOCore
import Testing

@testable import HTTPWire

/// How many connections one peer may have, and all together.
@Suite(.timeLimit(.minutes(1))) struct ConnectionLimitTests {
    @Test(arguments: [
        ("one address", "192.0.2.1", "192.0.2.1", true),
        ("two addresses", "192.0.2.1", "192.0.2.2", false),
        ("one network of IPv6", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
        ("two networks of IPv6", "2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ("a mapped address", "::ffff:192.0.2.1", "192.0.2.1", true),
        ("two mapped addresses", "::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
        ("an address and a network that share their bits", "0.0.0.1", "0:0:0:1::", false),
    ]) func peersAreToldApart(what: String, one: String, other: String, areSame: Bool) throws {
        let one = PeerAddress(try SocketAddress(ipAddress: one, port: 1))
        let other = PeerAddress(try SocketAddress(ipAddress: other, port: 2))
        #expect((one == other) == areSame, "\(what)")
    }

    @Test func aBudgetIsSharedAndGivenBack() throws {
        let budget = ConnectionBudget(limit: 3, perPeer: 2)
        let one = PeerAddress(try SocketAddress(ipAddress: "192.0.2.1", port: 1))
        let other = PeerAddress(try SocketAddress(ipAddress: "192.0.2.2", port: 1))
        #expect(budget.take(for: one) == nil)
        #expect(budget.take(for: one) == nil)
        #expect(budget.take(for: one) == .peer)
        #expect(budget.take(for: other) == nil)
        #expect(budget.take(for: other) == .total)
        budget.give(back: one)
        #expect(budget.take(for: other) == nil)
        budget.give(back: other)
        #expect(budget.take(for: one) == nil)
    }

    @Test(arguments: [true, false]) func whoeverIsOneTooManyIsToldWhenToComeAgain(countsPeers: Bool) async throws {
        var limits = WireLimits()
        if countsPeers { limits.connectionsPerPeer = 1 } else { limits.maxConnections = 1 }
        try await withService(limits: limits, echo) { listener in
            let first = try await RawClient.connect(to: listener.localAddress)
            try await first.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n")
            try await first.wait(for: "/first")
            let second = try await RawClient.connect(to: listener.localAddress)
            try await second.wait(for: "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n")
            try await second.waitForEnd()
            #expect(!second.isReset)
            let counters = try await listener.counters()
            #expect(counters.turnedAwayPeer == (countsPeers ? 1 : 0))
            #expect(counters.turnedAwayTotal == (countsPeers ? 0 : 1))
            #expect(counters.overflowed == 1)
            await second.close()
            await first.close()
        }
    }
}
