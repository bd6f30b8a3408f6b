import Identity
import StrictCoding
import Testing

@testable import Launch

@Suite struct BackoffTests {
    @Test func pausesDoubleFromOneSecondToThirtyAndAreForgottenAMinuteAfterTheirEnd() {
        var backoff = Backoff()
        var now: Int64 = 5
        for seconds in [1, 2, 4, 8, 16, 30, 30, 30] {
            #expect(backoff.strike(.named("ann"), now: now).until == now + Int64(seconds) * 1_000)
            #expect(backoff.pause(of: .named("ann"), now: now) == seconds)
            now += Int64(seconds) * 1_000
            #expect(backoff.pause(of: .named("ann"), now: now) == nil)
        }
        #expect(backoff.strike(.named("ann"), now: now + 60_000).count == 1)
    }

    @Test func ownersThatLookAlikeHavePausesOfTheirOwn() {
        var backoff = Backoff()
        _ = backoff.strike(.named("ann"), now: 0)
        #expect(backoff.pause(of: .named("ann"), now: 0) == 1)
        #expect(backoff.pause(of: .named("ann", agent: "another"), now: 0) == nil)
        #expect(backoff.pause(of: .named("ann", scopes: ["r"]), now: 0) == nil)
    }

    @Test func aFloodOfOwnersIsNotRememberedWithoutBound() {
        var backoff = Backoff()
        for number in 0..<5_000 { _ = backoff.strike(.named("user\(number)"), now: Int64(number)) }
        #expect(backoff.count == Backoff.mostOwners)
        #expect(backoff.pause(of: .named("user4999"), now: 4_999) == 1)
    }
}
