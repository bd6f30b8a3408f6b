import Identity
import Testing

@testable import Launch

/// The rules of a house, without processes and in virtual time.
@Suite struct OccupancyTests {
    @Test func theFirstRequestsOfOnePrincipalStartOneProcess() {
        let house = TestOccupancy()
        #expect(house.wish(1, "ann") == [.start(1), .wake(at: 30_000)])
        #expect(house.wish(2, "ann") == [.wake(at: 30_000)])
        #expect(house.wish(3, "ann", exclusive: false) == [.wake(at: 30_000)])
        #expect(house.ready(1) == [.grant(1, 1), .grant(3, 1)])
        #expect(house.release(1, 1) == [.grant(2, 1)])
        #expect(house.counts.started == 1)
    }

    @Test func theSlotIsGivenInTheOrderOfAsking() {
        let house = TestOccupancy()
        for ticket in 1...4 { _ = house.wish(ticket, "ann") }
        #expect(house.ready(1) == [.grant(1, 1)])
        #expect(house.wish(5, "ann") == [.wake(at: 30_000)])
        for ticket in 1...4 { #expect(house.release(ticket, 1) == [.grant(ticket + 1, 1)]) }
        #expect(house.counts.waiting == 0)
    }

    @Test func aLeaseBesideTheSlotNeedsNotWait() {
        let house = TestOccupancy()
        house.run(1, "ann")
        #expect(house.wish(2, "ann", exclusive: false) == [.grant(2, 1)])
    }

    @Test func whoWaitsTooLongForTheSlotIsToldThatItIsBusy() {
        let house = TestOccupancy()
        house.run(1, "ann")
        _ = house.wish(2, "ann", wait: 5)
        #expect(house.tick(at: 4_999) == [.wake(at: 5_000)])
        #expect(house.tick(at: 5_000) == [.refuse(2, .busy(retryAfterSeconds: 1))])
        #expect(house.release(1, 1, at: 5_000) == [.wake(at: 605_000)])
    }

    @Test func whoCannotWaitIsToldAtOnce() {
        let house = TestOccupancy(instances: 1)
        house.run(1, "ann")
        #expect(house.wish(2, "ann", wait: 0) == [.refuse(2, .busy(retryAfterSeconds: 1))])
        #expect(house.wish(3, "bob", wait: 0) == [.refuse(3, .full(retryAfterSeconds: 5))])
        #expect(house.release(1, 1) == [.wake(at: 600_000)])
    }

    @Test func aQueueHasAnEnd() {
        let house = TestOccupancy(waitingPerOwner: 2, waiting: 3)
        house.run(1, "ann")
        for ticket in 2...3 { _ = house.wish(ticket, "ann") }
        #expect(house.wish(4, "ann") == [.refuse(4, .busy(retryAfterSeconds: 1))])
        _ = house.wish(5, "bob")
        #expect(house.wish(6, "eve") == [.refuse(6, .full(retryAfterSeconds: 5))])
        #expect(house.counts.refused == 2)
    }

    // MARK: - Owners

    @Test func requestsOfOnePrincipalWithOtherScopesHaveAnotherProcess() {
        let house = TestOccupancy()
        #expect(house.wish(1, "ann", scopes: ["r"]) == [.start(1), .wake(at: 30_000)])
        #expect(house.ready(1) == [.grant(1, 1)])
        // Beside the slot as well, idle or not.
        #expect(house.wish(2, "ann", scopes: ["r", "w"], exclusive: false) == [.start(2), .wake(at: 30_000)])
        #expect(house.ready(2) == [.grant(2, 2)])
        _ = house.release(1, 1)
        #expect(house.wish(3, "ann", scopes: ["w", "r", "w"]) == [.grant(3, 2)])
        #expect(house.wish(4, "ann", scopes: ["r"]) == [.grant(4, 1)])
        #expect(house.wish(5, "ann") == [.start(3), .wake(at: 30_000)])
    }

    // MARK: - Places

    @Test func theLeastRecentlyUsedIdleInstanceMakesRoomAndIsGoneBeforeAnotherStarts() {
        let house = TestOccupancy(instances: 2)
        house.run(1, "ann")
        house.run(2, "bob")
        _ = house.release(1, 1, at: 100)
        _ = house.release(2, 2, at: 200)
        #expect(house.wish(3, "eve", at: 300) == [.end(1, .evicted), .wake(at: 30_300)])
        #expect(house.gone(1, at: 400) == [.start(3)])
        #expect(house.counts.evicted == 1)
    }

    @Test func anOpenStreamDoesNotProtectFromEvictionAndTheSlotDoes() {
        let house = TestOccupancy(instances: 2)
        house.run(1, "ann")
        house.run(2, "bob")
        _ = house.wish(3, "bob", exclusive: false)
        _ = house.release(2, 2, at: 900)
        #expect(house.wish(4, "eve", at: 1_000) == [.end(2, .evicted), .wake(at: 31_000)])
        #expect(house.release(3, 2, at: 1_100) == [])
    }

    @Test func whoseInstanceHasWaitersIsNotEvicted() {
        let house = TestOccupancy(instances: 1)
        house.run(1, "ann")
        _ = house.wish(2, "ann")
        _ = house.wish(3, "bob", wait: 10)
        #expect(house.release(1, 1, at: 100) == [.grant(2, 1)])
        #expect(house.tick(at: 10_000) == [.refuse(3, .full(retryAfterSeconds: 5))])
    }

    @Test func whoWaitsForAPlaceGetsItAsSoonAsAnInstanceIsFree() {
        let house = TestOccupancy(instances: 1)
        house.run(1, "ann")
        #expect(house.wish(2, "bob") == [.wake(at: 30_000)])
        #expect(house.release(1, 1, at: 50) == [.end(1, .evicted)])
        #expect(house.gone(1, at: 60) == [.start(2)])
        #expect(house.ready(2, at: 70) == [.grant(2, 2)])
    }

    @Test func placesAreGivenInTheOrderOfAskingAndNoMoreAreMadeThanNeeded() {
        let house = TestOccupancy(instances: 3)
        for (ticket, name) in [(1, "ann"), (2, "bob"), (3, "eve")] { house.run(ticket, name) }
        _ = house.wish(4, "joe")
        _ = house.wish(5, "kim")
        #expect(house.release(1, 1, at: 1) == [.end(1, .evicted)])
        #expect(house.release(2, 2, at: 2) == [.end(2, .evicted)])
        #expect(house.release(3, 3, at: 3) == [.wake(at: 600_003)])
        #expect(house.gone(2, at: 4) == [.start(4)])
        #expect(house.ready(4, at: 5) == [.grant(4, 4)])
    }

    @Test func anEvictedPrincipalWaitsForItsOwnProcessToEndAndForAPlace() {
        let house = TestOccupancy(instances: 1)
        house.run(1, "ann")
        _ = house.release(1, 1)
        _ = house.wish(2, "bob")
        #expect(house.wish(3, "ann", at: 10) == [.wake(at: 30_010)])
        #expect(house.gone(1, at: 20) == [.start(2)])
        #expect(house.ready(2, at: 30) == [.grant(2, 2)])
        #expect(house.release(2, 2, at: 40) == [.end(2, .evicted)])
        #expect(house.gone(2, at: 50) == [.start(3)])
        #expect(house.ready(3, at: 60) == [.grant(3, 3)])
    }

    @Test func aWishThatIsTakenBackTakesNoPlace() {
        let house = TestOccupancy(instances: 1)
        house.run(1, "ann")
        _ = house.wish(2, "bob")
        #expect(house.cancel(2, "bob"))
        #expect(!house.cancel(2, "bob"))
        #expect(house.release(1, 1, at: 5) == [.wake(at: 600_005)])
        #expect(house.counts.waiting == 0)
    }

    @Test func aLeaseThatWasGivenCannotBeTakenBack() {
        let house = TestOccupancy()
        house.run(1, "ann")
        #expect(!house.cancel(1, "ann"))
    }
}
