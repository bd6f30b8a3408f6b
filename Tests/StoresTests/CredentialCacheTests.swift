import Delegation
import Identity
import Stores
import StrictCoding
import Synchronization
import Testing

private typealias Sample = StoreSample

@Suite("Credentials for all loops", .timeLimit(.minutes(2)))
struct CredentialCacheTests {
    private let desk = Desk()
    private let replies = Replies()

    // MARK: - One flight

    @Test func aThousandWhoMissAtOnceAreOneRequest() async {
        let cache = desk.cache()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    for _ in 0..<100 { cache.credential(for: Sample.request("alice"), done: replies.note) }
                }
            }
        }
        await desk.answerNext(.success(Sample.credential("t")))
        await replies.wait(for: 1_000)
        #expect(replies.all == Array(repeating: .token("t"), count: 1_000))
        #expect(desk.count == 1)
        #expect(cache.counts == CredentialCache.Counts(hits: 0, misses: 1_000, flights: 1))
        #expect(cache.cached(Sample.request("alice"))?.text == "t")
        #expect(cache.counts.hits == 1)
        #expect(cache.flights == 0)
    }

    @Test func thoseWhoCameLaterAreServedThoughTheFirstOneLeaves() async {
        let cache = desk.cache()
        let gone = Replies()
        let first = cache.credential(for: Sample.request("alice"), done: gone.note)
        for _ in 0..<3 { cache.credential(for: Sample.request("alice"), done: replies.note) }
        let other = cache.credential(for: Sample.request("alice"), done: gone.note)
        first.cancel()
        first.cancel()
        other.cancel()
        await desk.answerNext(.success(Sample.credential("t")))
        await replies.wait(for: 3)
        #expect(replies.all == [.token("t"), .token("t"), .token("t")])
        #expect(gone.all.isEmpty)
        #expect(desk.count == 1)
        other.cancel()
    }

    @Test func whatNobodyWaitsForAnyMoreIsKept() async {
        let cache = desk.cache()
        cache.credential(for: Sample.request("alice"), done: replies.note).cancel()
        await desk.answerNext(.success(Sample.credential("t")))
        while cache.flights > 0 { await Task.yield() }
        #expect(replies.all.isEmpty)
        cache.credential(for: Sample.request("alice"), done: replies.note)
        #expect(replies.all == [.token("t")])
    }

    @Test func everybodyWhoWaitsIsToldOfAFault() async {
        let cache = desk.cache()
        for _ in 0..<3 { cache.credential(for: Sample.request("alice"), done: replies.note) }
        await desk.answerNext(.failure(.unavailable(retryAfterSeconds: 9)))
        await replies.wait(for: 3)
        #expect(replies.all == Array(repeating: .fault(.unavailable(retryAfterSeconds: 9)), count: 3))
        #expect(cache.count == 0)
    }

    @Test func aLastingRefusalIsNotAskedForAgainAtOnce() async {
        let cache = desk.cache()
        cache.credential(for: Sample.request("alice"), done: replies.note)
        await desk.answerNext(.failure(.subjectRejected))
        await replies.wait(for: 1)
        #expect(cache.cached(Sample.request("alice")) == nil)
        cache.credential(for: Sample.request("alice"), done: replies.note)
        #expect(replies.all == [.fault(.subjectRejected), .fault(.subjectRejected)])
        #expect(cache.counts == CredentialCache.Counts(misses: 1, flights: 1, negativeHits: 1))
        desk.pass(seconds: 5)
        cache.credential(for: Sample.request("alice"), done: replies.note)
        await desk.answerNext(.success(Sample.credential("t")))
        await replies.wait(for: 3)
        #expect(replies.all.last == .token("t"))
    }

    // MARK: - Refreshing

    @Test func theNextOneIsFetchedWhileTheLastOneServes() async {
        let cache = desk.cache()
        let request = Sample.request("alice")
        cache.credential(for: request, done: replies.note)
        await desk.answerNext(.success(Sample.credential("1")))
        await replies.wait(for: 1)
        desk.pass(seconds: 216)
        for _ in 0..<50 { #expect(cache.cached(request)?.text == "1") }
        await desk.answerNext(.success(Sample.credential("2")))
        while cache.flights > 0 { await Task.yield() }
        #expect(cache.cached(request)?.text == "2")
        #expect(desk.count == 2)
        #expect(cache.counts == CredentialCache.Counts(hits: 51, misses: 1, flights: 1, refreshes: 1))
    }

    @Test func aRefreshInVainLeavesTheLastOneUntilItsEnd() async {
        let cache = desk.cache()
        let request = Sample.request("alice")
        cache.credential(for: request, done: replies.note)
        await desk.answerNext(.success(Sample.credential("1")))
        await replies.wait(for: 1)
        desk.pass(seconds: 216)
        #expect(cache.cached(request)?.text == "1")
        await desk.answerNext(.failure(.subjectRejected))
        while cache.flights > 0 { await Task.yield() }
        #expect(cache.cached(request)?.text == "1")
        #expect(desk.count == 2, "the next attempt waits")
        desk.pass(seconds: 54)
        #expect(cache.cached(request) == nil)
    }

    @Test func whoeverNeedsTheNextOneWaitsForItsRefresh() async {
        let cache = desk.cache()
        let request = Sample.request("alice")
        cache.credential(for: request, done: replies.note)
        await desk.answerNext(.success(Sample.credential("1")))
        await replies.wait(for: 1)
        desk.pass(seconds: 216)
        let old = cache.cached(request)
        if let old { cache.forget(request, old) }
        cache.credential(for: request, done: replies.note)
        await desk.answerNext(.success(Sample.credential("2")))
        await replies.wait(for: 2)
        #expect(replies.all == [.token("1"), .token("2")])
        #expect(desk.count == 2)
    }

    // MARK: - Forgetting

    @Test func twoWhoSawTheSameRejectionFetchOneFreshCredential() async throws {
        let cache = desk.cache()
        let request = Sample.request("alice")
        cache.credential(for: request, done: replies.note)
        await desk.answerNext(.success(Sample.credential("old")))
        await replies.wait(for: 1)
        // Two calls carry the old one; both services say 401, the second one late.
        let first = try #require(cache.cached(request))
        let second = try #require(cache.cached(request))
        cache.forget(request, first)
        cache.credential(for: request, done: replies.note)
        await desk.answerNext(.success(Sample.credential("fresh")))
        await replies.wait(for: 2)
        cache.forget(request, second)
        #expect(cache.cached(request)?.text == "fresh")
        #expect(desk.count == 2)
    }

    /// Each call of it is rejected twice, with the token that all share and with the one that its second try gets.
    @Test func aPathThatIsAlwaysRejectedDoesNotTurnTheTokenOver() async throws {
        let cache = desk.cache()
        let request = Sample.request("alice")
        cache.credential(for: request, done: replies.note)
        await desk.answerNext(.success(Sample.credential("1")))
        await replies.wait(for: 1)
        for call in 1...50 {
            let first = try #require(cache.cached(request))
            cache.forget(request, first)
            cache.credential(for: request, done: replies.note)
            if call == 1 { await desk.answerNext(.success(Sample.credential("2"))) }
            await replies.wait(for: 1 + call)
            #expect(replies.all.last == .token("2"))
            cache.forget(request, Sample.credential("2"))
        }
        #expect(desk.count == 2)
        desk.pass(seconds: 10)
        cache.forget(request, Sample.credential("2"))
        #expect(cache.cached(request) == nil)
    }

    @Test func afterAPurgeNobodyGetsWhatWasAskedForBeforeIt() async {
        let cache = desk.cache()
        let request = Sample.request("alice")
        cache.credential(for: request, done: replies.note)
        let before = await desk.next()
        cache.forgetAll()
        let later = Replies()
        cache.credential(for: request, done: later.note)
        let after = await desk.next()
        before.answer.resume(returning: .success(Sample.credential("before")))
        await replies.wait(for: 1)
        #expect(replies.all == [.token("before")])
        #expect(later.all.isEmpty)
        #expect(cache.cached(request) == nil)
        after.answer.resume(returning: .success(Sample.credential("after")))
        await later.wait(for: 1)
        #expect(later.all == [.token("after")])
        #expect(cache.cached(request)?.text == "after")
    }

    @Test func whatHasEndedIsClearedAway() async {
        let cache = desk.cache()
        cache.credential(for: Sample.request("alice"), done: replies.note)
        await desk.answerNext(.success(Sample.credential("t")))
        await replies.wait(for: 1)
        cache.sweep()
        #expect(cache.count == 1)
        desk.pass(seconds: 270)
        cache.sweep()
        #expect(cache.count == 0)
    }

    // MARK: - Bounds and the end

    @Test func whoeverIsTooManyIsToldToComeBack() async {
        let cache = desk.cache()
        let busy = Replies.Reply.fault(.unavailable(retryAfterSeconds: 1))
        var waiters: [CredentialCache.Waiter] = []
        for _ in 0..<2_048 { waiters.append(cache.credential(for: Sample.request("alice"), done: replies.note)) }
        let more = Replies()
        cache.credential(for: Sample.request("alice"), done: more.note)
        #expect(more.all == [busy])
        waiters[5].cancel()
        cache.credential(for: Sample.request("alice"), done: more.note)
        #expect(more.all == [busy], "one left, one came")
        for number in 1..<1_024 { cache.credential(for: Sample.request(ByteString("u\(number)")), done: replies.note) }
        cache.credential(for: Sample.request("bob"), done: more.note)
        #expect(more.all == [busy, busy])
        #expect(cache.flights == 1_024)
        cache.stop()
        await replies.wait(for: 2_047 + 1_023)
        for _ in 0..<1_024 { await desk.answerNext(.failure(.subjectRejected)) }
    }

    @Test func whenItStopsEverybodyIsToldAndNothingIsGivenAnyMore() async {
        let cache = desk.cache()
        cache.credential(for: Sample.request("alice"), done: replies.note)
        await desk.answerNext(.success(Sample.credential("t")))
        await replies.wait(for: 1)
        let waiter = cache.credential(for: Sample.request("bob"), done: replies.note)
        let visit = await desk.next()
        cache.stop()
        #expect(replies.all == [.token("t"), .fault(.unavailable(retryAfterSeconds: 1))])
        #expect(cache.cached(Sample.request("alice")) == nil)
        cache.credential(for: Sample.request("alice"), done: replies.note)
        #expect(replies.all.last == .fault(.unavailable(retryAfterSeconds: 1)))
        visit.answer.resume(returning: .success(Sample.credential("late")))
        waiter.cancel()
        cache.stop()
        #expect(replies.all.count == 3)
        #expect(cache.count == 0)
    }
}
