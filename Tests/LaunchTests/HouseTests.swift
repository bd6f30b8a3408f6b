import Crypto
import Foundation
import StrictCoding
import Synchronization
import Testing

@testable import Launch

/// A house of real processes.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HouseTests {
    private func pid(_ lease: Lease, _ path: String = "/") async throws -> String {
        String(try #require(await Web.get(lease, path)?.split(separator: " ").last))
    }

    @Test func twoPrincipalsNeverShareAProcessAndOneKeepsItsOwn() async throws {
        try await TestHouse.with(TestHouse()) { test in
            var pids: [String: Set<String>] = [:]
            for name in ["ann", "bob", "ann", "bob", "ann"] {
                let lease = try await test.lease(name).get()
                pids[name, default: []].insert(try await pid(lease))
                lease.release()
            }
            #expect(pids["ann"]?.count == 1)
            #expect(pids["bob"]?.count == 1)
            #expect(pids["ann"] != pids["bob"])
        }
    }

    /// Whatever a request with few scopes left running cannot become part of one with many.
    @Test func onePrincipalsRequestsWithOtherScopesReachAnotherProcess() async throws {
        try await TestHouse.with(TestHouse()) { test in
            var pids: [[ByteString]: Set<String>] = [:]
            for scopes in [["r"], ["r", "w"], ["r"], ["w", "r"], []] as [[ByteString]] {
                let lease = try await test.lease("ann", scopes: scopes).get()
                pids[scopes.sorted(), default: []].insert(try await pid(lease))
                lease.release()
            }
            #expect(pids.values.allSatisfy { $0.count == 1 })
            #expect(Set(pids.values.flatMap { $0 }).count == 3)
        }
    }

    @Test func concurrentFirstRequestsStartOneProcess() async throws {
        try await TestHouse.with(TestHouse()) { test in
            let leases = await withTaskGroup(of: Lease?.self) { group in
                for _ in 0..<20 { group.addTask { try? await test.lease("ann", exclusive: false).get() } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(leases.map { $0?.instance }).count == 1)
            #expect(leases.allSatisfy { $0 != nil })
            #expect(test.house.counts.started == 1)
        }
    }

    @Test func theSlotIsOneRequestsAtATime() async throws {
        try await TestHouse.with(TestHouse()) { test in
            let inside = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        let lease = try await test.lease("ann").get()
                        #expect(inside.add(1) == 1)
                        _ = await Web.get(lease)
                        inside.add(-1)
                        lease.release()
                        lease.release()
                    }
                }
                try await group.waitForAll()
            }
            #expect(test.house.counts.started == 1)
        }
    }

    @Test func waitingForABusyInstanceHasAnEnd() async throws {
        try await TestHouse.with(TestHouse()) { test in
            let lease = try await test.lease("ann").get()
            let start = MonotonicClock.milliseconds()
            #expect(await test.lease("ann", wait: 1).fault == .busy(retryAfterSeconds: 1))
            #expect((1_000..<5_000).contains(MonotonicClock.milliseconds() - start))
            #expect(await test.lease("ann", exclusive: false, wait: 0).fault == nil)
            lease.release()
            #expect(await test.lease("ann", wait: 1).fault == nil)
        }
    }

    @Test func aWaiterThatGivesUpIsNotAnswered() async throws {
        try await TestHouse.with(TestHouse()) { test in
            let lease = try await test.lease("ann").get()
            let waiter = test.house.lease(for: .named("ann"), exclusive: true, waitSeconds: 20) { _ in
                Issue.record("it had given up")
            }
            #expect(waiter.cancel())
            #expect(!waiter.cancel())
            lease.release()
            let next = try await test.lease("ann").get()
            #expect(next.instance == lease.instance)
        }
    }

    @Test func aLeaseThatNobodyHoldsIsOver() async throws {
        try await TestHouse.with(TestHouse()) { test in
            var lease: Lease? = try await test.lease("ann").get()
            #expect(await test.lease("ann", wait: 0).fault != nil)
            #expect(lease != nil)
            lease = nil
            #expect(await test.lease("ann", wait: 10).fault == nil)
        }
    }

    @Test func anEvictedProcessIsDeadBeforeAnotherStarts() async throws {
        try await TestHouse.with(TestHouse(instances: 1)) { test in
            for name in ["ann", "bob", "ann"] {
                let lease = try await test.lease(name).get()
                let alive = test.notebook.pids.filter { Processes.isAlive($0) }
                #expect(alive == [try #require(test.notebook.pids.last)])
                lease.release()
            }
            #expect(test.house.counts.evicted == 2)
            // In the log as well, an end comes before every further start.
            let order = test.notebook.whats.compactMap { what -> Bool? in
                switch what {
                case .started: true
                case .ended(_, let reason):
                    reason == .evicted ? false : nil
                default: nil
                }
            }
            #expect(order == [true, false, true, false, true])
        }
    }

    @Test func aFullHouseRefusesAfterTheWait() async throws {
        try await TestHouse.with(TestHouse(instances: 1)) { test in
            let lease = try await test.lease("ann").get()
            #expect(await test.lease("bob", wait: 1).fault == .full(retryAfterSeconds: 5))
            lease.release()
            #expect(await test.lease("bob").fault == nil)
        }
    }

    @Test func anIdleInstanceIsEndedAndTheNextIsAFreshOne() async throws {
        try await TestHouse.with(TestHouse(idleSeconds: 1)) { test in
            let first = try await test.lease("ann").get()
            let stream = try await test.lease("ann", exclusive: false).get()
            first.release()
            try await Task.sleep(for: .milliseconds(1_500))
            #expect(test.house.counts.running == 1)
            stream.release()
            #expect(await eventually { test.house.counts.running == 0 })
            #expect(test.notebook.whats.last == .ended(.killed(signal: SIGTERM), .idle))
            let second = try await test.lease("ann").get()
            #expect(second.instance != first.instance)
            #expect(await Web.get(second) != nil)
        }
    }

    // MARK: - Crashes

    @Test func whoWaitsWhileTheInstanceCrashesGetsAFreshOne() async throws {
        try await TestHouse.with(TestHouse()) { test in
            let lease = try await test.lease("ann").get()
            async let waiting = test.lease("ann")
            #expect(await eventually { test.house.counts.waiting == 1 })
            #expect(await Web.get(lease, "/crash") == nil)
            let other = try await waiting.get()
            #expect(other.instance != lease.instance)
            #expect(other.port != lease.port)
            // The one whose instance it was has nothing to give back.
            lease.release()
            #expect(await test.lease("ann", wait: 0).fault == .busy(retryAfterSeconds: 1))
            #expect(await Web.get(other) != nil)
            #expect(test.house.counts.crashed == 1)
        }
    }

    @Test func aServerThatKeepsCrashingIsStartedLessAndLess() async throws {
        try await TestHouse.with(TestHouse(Programs.shell("exit 1"))) { test in
            let failure = await test.lease("ann").fault
            #expect(failure == .startFailed(reason: "exit status 1", retryAfterSeconds: 1))
            let pause = LaunchFault.startFailed(reason: "it failed a moment ago", retryAfterSeconds: 1)
            for _ in 0..<5 { #expect(await test.lease("ann").fault == pause) }
            #expect(test.house.counts.started == 1)
            try await Task.sleep(for: .milliseconds(1_050))
            #expect(
                await test.lease("ann").fault == .startFailed(reason: "exit status 1", retryAfterSeconds: 2))
            #expect(test.house.counts.started == 2)
        }
    }

    @Test func nothingIsStartedForARequestThatEndsASession() async throws {
        try await TestHouse.with(TestHouse()) { test in
            #expect(await test.lease("ann", exclusive: false, startsInstance: false).fault == .noInstance)
            #expect(test.house.counts.started == 0)
        }
    }

    @Test func shutdownEndsAllWithinFiveSecondsAndAnswersEverybody() async throws {
        let stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + Programs.server
        try await TestHouse.with(TestHouse(Programs.python(stubborn), instances: 2)) { test in
            let leases = (try await test.lease("ann").get(), try await test.lease("bob").get())
            async let busy = test.lease("ann")
            async let full = test.lease("eve")
            #expect(await eventually { test.house.counts.waiting == 2 })
            let start = MonotonicClock.milliseconds()
            await test.house.shutdown()
            #expect(MonotonicClock.milliseconds() - start < 5_000)
            #expect(test.house.counts.running == 0)
            #expect(await busy.fault == .stopped)
            #expect(await full.fault == .stopped)
            #expect(await test.lease("joe").fault == .stopped)
            #expect(test.notebook.whats.last == .ended(.killed(signal: SIGKILL), .stopped))
            leases.0.release()
        }
    }

    // MARK: - Under load

    /// Each answer tells, by the secret that the process was started with, which process gave it.
    @Test func aRequestNeverReachesAnotherPrincipalsProcess() async throws {
        try await TestHouse.with(TestHouse(instances: 4)) { test in
            let owners = Owners()
            let answered = Tally()
            await withTaskGroup(of: Void.self) { group in
                for user in 0..<50 {
                    group.addTask {
                        for round in 0..<4 {
                            let answer = await test.lease(
                                "user\(user)", exclusive: Int.random(in: 0..<4) > 0, wait: 60)
                            guard case .success(let lease) = answer else { continue }
                            #expect(owners.first(of: lease.instance, or: "user\(user)") == "user\(user)")
                            let path = round == 3 && Int.random(in: 0..<4) == 0 ? "/crash" : "/"
                            if let body = await Web.get(lease, path) {
                                let secret = body.split(separator: " ")[0].split(separator: "/").last ?? ""
                                let instance = test.notebook.current.known[SHA256.digest(Array(secret.utf8))]
                                #expect(instance == lease.instance)
                                answered.add(1)
                            }
                            if Int.random(in: 0..<8) == 0 { try? await Task.sleep(for: .milliseconds(5)) }
                            lease.release()
                            #expect(test.house.counts.running <= 4)
                        }
                    }
                }
            }
            #expect(answered.add(0) > 100)
            #expect(test.house.counts.evicted > 40)
        }
    }
}

/// A number that several tasks change.
private final class Tally: Sendable {
    private let number = Mutex(0)

    @discardableResult
    func add(_ change: Int) -> Int {
        number.withLock { number in
            number += change
            return number
        }
    }
}

/// Who had a lease of each instance first.
private final class Owners: Sendable {
    private let names = Mutex<[ByteString: String]>([:])

    func first(of instance: ByteString, or name: String) -> String {
        names.withLock { names in
            let first = names[instance] ?? name
            names[instance] = first
            return first
        }
    }
}
