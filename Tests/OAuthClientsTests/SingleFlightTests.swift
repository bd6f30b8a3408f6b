import OAuthClients
import TestSupport
import Testing

/// Who may cause a fetch, and who waits for it.
@Suite(.timeLimit(.minutes(1))) struct SingleFlightTests {
    private let pinned =
        #"corp: {issuer: "http://127.0.0.1:9000", tenant: acme, jwks_uri: "http://127.0.0.1:9000/jwks"}"#

    @Test func aThousandAskersCauseOneFetchAndAllGetTheKeys() async throws {
        let world = try KeyWorld(issuers: [pinned])
        await world.begin()
        world.serve(keys: try KeyWorld.keySet("k1"))
        world.clock.advance(2)
        world.web.hold()
        await withTaskGroup(of: [String]?.self) { askers in
            for _ in 0..<1_000 {
                askers.addTask {
                    await world.keys.fetchKeys(of: [0])
                    return world.known()
                }
            }
            await world.web.waitUntilAsked(2)
            world.web.release()
            for await known in askers { #expect(known == ["k1"]) }
        }
        #expect(world.web.asked.count == 2, "one at the beginning, one for all askers")
    }

    @Test func unknownKeyIDsCauseOneFetchIn30Seconds() async throws {
        let world = try KeyWorld(issuers: [pinned])
        world.serve(keys: try KeyWorld.keySet("k1"))
        await world.begin()
        for second in 1...90 {
            world.clock.advance(1)
            for _ in 0..<5 { await world.keys.fetchKeys(of: [0]) }
            #expect(world.web.asked.count == 1 + second / 30)
        }
    }

    @Test func withoutKeysEveryTwoSecondsIsTried() async throws {
        let world = try KeyWorld(issuers: [pinned])
        await world.begin()
        for second in 1...20 {
            world.clock.advance(1)
            for _ in 0..<5 { await world.keys.fetchKeys(of: [0]) }
            #expect(world.web.asked.count == 1 + second / 2)
        }
        world.serve(keys: try KeyWorld.keySet("k1"))
        world.clock.advance(2)
        await world.keys.fetchKeys(of: [0])
        #expect(world.known() == ["k1"])
    }

    @Test func aLeaderWhoLeavesDoesNotTakeTheFetchAlong() async throws {
        let world = try KeyWorld(issuers: [pinned])
        await world.begin()
        world.serve(keys: try KeyWorld.keySet("k1"))
        world.clock.advance(2)
        world.web.hold()
        let leader = Task { await world.keys.fetchKeys(of: [0]) }
        await world.web.waitUntilAsked(2)
        let follower = Task { await world.keys.fetchKeys(of: [0]) }
        leader.cancel()
        world.web.release()
        await follower.value
        await leader.value
        #expect(world.known() == ["k1"])
        #expect(world.web.asked.count == 2)
    }

    /// Whoever came while the new keys were on their way to the loops got 503 or 401, for keys that were there.
    @Test func whoAsksWhileKeysAreBeingInstalledWaitsForThem() async throws {
        let world = try KeyWorld(issuers: [pinned])
        let gate = Gate()
        let isInstalled = Shared(false)
        world.serve(keys: try KeyWorld.keySet("k1"))
        let first = Task {
            await world.keys.begin { _ in
                await gate.pass()
                isInstalled.value = true
            }
        }
        await gate.waitForVisitors(1)
        let late = Task {
            await world.keys.fetchKeys(of: [0])
            return isInstalled.value
        }
        // Long enough for an asker that does not wait to be back.
        for _ in 0..<100 { await Task.yield() }
        await gate.open()
        #expect(await late.value)
        await first.value
    }

    /// An older state that overtook a newer one would take keys away from a loop again.
    @Test func statesAreInstalledOneAfterTheOtherAndTheLastKnowsAll() async throws {
        let issuers = (1...2).map { number in
            """
            idp\(number): {issuer: "http://127.0.0.1:900\(number)", tenant: t\(number), \
            jwks_uri: "http://127.0.0.1:900\(number)/jwks"}
            """
        }
        let world = try KeyWorld(issuers: issuers)
        for number in 1...2 { world.web.put("http://127.0.0.1:900\(number)/jwks", try KeyWorld.keySet("k\(number)")) }
        let installing = Shared(0)
        let last = Shared<[Bool]>([])
        await world.keys.begin { standings in
            #expect(installing.change { $0 += 1 } == 1)
            for _ in 0..<100 { await Task.yield() }
            last.value = standings.issuers.map { $0 != nil }
            installing.change { $0 -= 1 }
        }
        #expect(last.value == [true, true])
    }
}

/// Holds whoever comes until it is opened.
private actor Gate {
    private var isOpen = false
    private var visitors: [CheckedContinuation<Void, Never>] = []
    private var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    func pass() async {
        guard !isOpen else { return }
        await withCheckedContinuation { visitor in
            visitors.append(visitor)
            for watcher in watchers where watcher.count <= visitors.count { watcher.continuation.resume() }
            watchers.removeAll { $0.count <= visitors.count }
        }
    }

    func waitForVisitors(_ count: Int) async {
        guard visitors.count < count else { return }
        await withCheckedContinuation { watchers.append((count, $0)) }
    }

    func open() {
        isOpen = true
        for visitor in visitors { visitor.resume() }
        visitors = []
    }
}
