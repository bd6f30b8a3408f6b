import Identity
import Testing

@testable import Launch

/// How tenancies end, and what becomes of those who wait then.
@Suite struct TenancyEndTests {
    @Test func anInstanceThatNobodyUsesIsEndedAndOpenStreamsAreUse() {
        let house = TestOccupancy()
        house.run(1, "ann")
        _ = house.wish(2, "ann", exclusive: false)
        _ = house.release(1, 1, at: 1_000)
        #expect(house.tick(at: 700_000) == [])
        #expect(house.release(2, 1, at: 800_000) == [.wake(at: 1_400_000)])
        #expect(house.tick(at: 1_399_999) == [.wake(at: 1_400_000)])
        #expect(house.tick(at: 1_400_000) == [.end(1, .idle)])
        #expect(house.gone(1, at: 1_400_001) == [])
        #expect(house.wish(3, "ann", at: 1_400_002).first == .start(2))
    }

    @Test func whoWaitsWhenTheInstanceCrashesGetsOneOtherAndNotAThird() {
        let house = TestOccupancy()
        house.run(1, "ann")
        _ = house.wish(2, "ann")
        _ = house.wish(3, "ann")
        #expect(house.gone(1, at: 100) == [.start(2)])
        #expect(house.release(1, 1, at: 150) == [])
        #expect(house.ready(2, at: 200) == [.grant(2, 2)])
        _ = house.wish(4, "ann", at: 250)
        let fault = LaunchFault.startFailed(reason: "it ended: exit status 1", retryAfterSeconds: 2)
        #expect(house.gone(2, at: 300) == [.refuse(3, fault), .refuse(4, fault)])
        #expect(house.counts.crashed == 2)
    }

    @Test func aCrashAfterLongWorkIsNoLoop() {
        let house = TestOccupancy()
        for round in 1...5 {
            let start = Int64(round) * 40_000
            #expect(house.wish(round, "ann", at: start).first == .start(round))
            #expect(house.ready(round, at: start) == [.grant(round, round)])
            #expect(house.gone(round, at: start + 30_000) == [])
        }
    }

    @Test func aFailedStartIsSharedByThoseWhoWaitedAndPausesGrow() {
        let house = TestOccupancy()
        var now: Int64 = 0
        for (round, seconds) in zip(1..., [1, 2, 4, 8, 16, 30, 30]) {
            #expect(house.wish(round * 10, "ann", at: now).first == .start(round))
            _ = house.wish(round * 10 + 1, "ann", at: now)
            let fault = LaunchFault.startFailed(reason: "exit status 1", retryAfterSeconds: seconds)
            #expect(house.gone(round, at: now) == [.refuse(round * 10, fault), .refuse(round * 10 + 1, fault)])
            let again = house.wish(round * 10 + 2, "ann", at: now + Int64(seconds) * 1_000 - 1)
            let pause = LaunchFault.startFailed(reason: "it failed a moment ago", retryAfterSeconds: 1)
            #expect(again == [.refuse(round * 10 + 2, pause)])
            now += Int64(seconds) * 1_000
        }
        // Somebody else's failures are nobody's pause.
        #expect(house.wish(99, "bob", at: 0).first == .start(8))
    }

    @Test func anUnfitInstanceKeepsItsPlaceUntilItIsGone() {
        let house = TestOccupancy(instances: 1)
        _ = house.wish(1, "ann")
        _ = house.wish(2, "bob", at: 1)
        #expect(house.unfit(1, nil, at: 10) == [.refuse(1, .startTimeout(retryAfterSeconds: 1))])
        #expect(house.ready(1, at: 11) == [])
        #expect(house.gone(1, at: 12) == [.start(2)])
        #expect(house.counts.crashed == 0)
    }

    @Test func noProcessIsStartedForARequestThatIsNotWorthOne() {
        let house = TestOccupancy()
        #expect(house.wish(1, "ann", starts: false) == [.refuse(1, .noInstance)])
        house.run(2, "ann", instance: 1)
        #expect(house.wish(3, "ann", exclusive: false, starts: false) == [.grant(3, 1)])
    }

    @Test func aClosedHouseRefusesAndEndsAndStartsNothing() {
        let house = TestOccupancy(instances: 1)
        house.run(1, "ann")
        _ = house.wish(2, "ann")
        _ = house.wish(3, "bob")
        let actions = house.occupancy.stop()
        #expect(actions.count == 3)
        for action in [Occupancy.Action.refuse(2, .stopped), .refuse(3, .stopped), .end(1, .stopped)] {
            #expect(actions.contains(action))
        }
        #expect(house.gone(1, at: 5) == [])
        #expect(house.wish(4, "joe") == [.refuse(4, .stopped)])
        #expect(house.occupancy.isEmpty)
    }
}
