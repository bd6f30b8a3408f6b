import Identity
import StrictCoding
import Testing

@testable import Delegation

private typealias Sample = CredentialSample

@Suite("The shelf of credentials")
struct CredentialShelfTests {
    // MARK: - Time

    /// Expiry of the token, end of the access token behind it; end of use and moment of refresh, all from zero.
    @Test(
        arguments: [
            (expires: 3_600, notAfter: nil, end: 270, refresh: 216),
            (expires: 300, notAfter: nil, end: 270, refresh: 216),
            (expires: 200, notAfter: nil, end: 170, refresh: 136),
            (expires: 3_600, notAfter: 100, end: 70, refresh: 56),
            (expires: 61, notAfter: nil, end: 31, refresh: 24),
            (expires: 60, notAfter: nil, end: 30, refresh: 24),
            (expires: 59, notAfter: nil, end: 29, refresh: 23),
            (expires: 3_600, notAfter: 10, end: 5, refresh: 4),
            (expires: 2, notAfter: nil, end: 1, refresh: 0),
        ] as [(expires: Int64, notAfter: Int64?, end: Int64, refresh: Int64)])
    func aCredentialIsUsedForLessThanItsLife(expires: Int64, notAfter: Int64?, end: Int64, refresh: Int64) {
        var shelf = CredentialShelf(capacity: 10)
        let request = Sample.request("a", notAfter: notAfter)
        shelf.keep("t", for: request, expires: expires)
        if refresh > 0 { #expect(shelf.found(request, at: refresh - 1) == .good("t")) }
        #expect(shelf.found(request, at: refresh) == .refreshDue("t"))
        #expect(shelf.found(request, at: end - 1) == .refreshDue("t"))
        #expect(shelf.found(request, at: end) == .nothing)
        #expect(shelf.count == 0)
    }

    @Test(arguments: [1, 0, -5, .min] as [Int64])
    func oneThatLivesTooBrieflyIsNotKept(expires: Int64) {
        var shelf = CredentialShelf(capacity: 10)
        shelf.keep("t", for: Sample.request("a"), expires: expires)
        #expect(shelf.count == 0)
    }

    @Test func oneThatIsNotKeptLeavesNoneInItsPlace() {
        var shelf = CredentialShelf(capacity: 10)
        shelf.keep("old", for: Sample.request("a"))
        shelf.keep("new", for: Sample.request("a"), expires: 1)
        #expect(shelf.found(Sample.request("a")) == .nothing)
    }

    @Test func noneOutlivesTheAccessTokenOfWhoeverAsks() {
        var shelf = CredentialShelf(capacity: 10)
        shelf.keep("t", for: Sample.request("a", notAfter: 3_600))
        #expect(shelf.found(Sample.request("a", notAfter: 100), at: 99) == .good("t"))
        #expect(shelf.found(Sample.request("a", notAfter: 100), at: 100) == .nothing)
    }

    // MARK: - Refusals

    @Test(
        arguments: [
            (.subjectRejected, true), (.actorRejected, true), (.interactionRequired, true),
            (.misconfigured("invalid_target"), true), (.misconfigured("invalid_client"), false),
            (.rejected(.scopeWider), false), (.unavailable(retryAfterSeconds: 9), false),
            (.unavailable(retryAfterSeconds: 9, isServersWord: true), true),
        ] as [(CredentialFault, Bool)])
    func onlyALastingRefusalIsRemembered(fault: CredentialFault, isKept: Bool) {
        var shelf = CredentialShelf(capacity: 10)
        let request = Sample.request("a")
        shelf.keep(fault, for: request, now: UnixTime(seconds: 0))
        #expect(shelf.found(request, at: 4) == (isKept ? .refused(fault) : .nothing))
        #expect(shelf.found(request, at: 5) == .nothing)
    }

    /// One user's: the others' requests have other keys.
    @Test(arguments: [(1, 1), (3, 3), (5, 5), (60, 5)] as [(Int, Int64)])
    func aServerThatAsksToBeLeftAloneIsForAMoment(seconds: Int, kept: Int64) {
        var shelf = CredentialShelf(capacity: 10)
        let fault = CredentialFault.unavailable(retryAfterSeconds: seconds, isServersWord: true)
        shelf.keep(fault, for: Sample.request("a"), now: UnixTime(seconds: 0))
        #expect(shelf.found(Sample.request("a"), at: kept - 1) == .refused(fault))
        #expect(shelf.found(Sample.request("b"), at: kept - 1) == .nothing)
        #expect(shelf.found(Sample.request("a"), at: kept) == .nothing)
    }

    @Test func aCredentialTakesThePlaceOfARefusal() {
        var shelf = CredentialShelf(capacity: 10)
        let request = Sample.request("a")
        shelf.keep(.subjectRejected, for: request, now: UnixTime(seconds: 0))
        shelf.keep("t", for: request, at: 1)
        #expect(shelf.found(request, at: 1) == .good("t"))
        #expect(shelf.count == 1)
    }

    @Test func afterARefreshInVainTheOldOneServesUntilItsEnd() {
        var shelf = CredentialShelf(capacity: 10)
        let request = Sample.request("a")
        shelf.keep("t", for: request)
        #expect(shelf.found(request, at: 220) == .refreshDue("t"))
        shelf.keep(.subjectRejected, for: request, now: UnixTime(seconds: 220))
        #expect(shelf.found(request, at: 224) == .good("t"))
        #expect(shelf.found(request, at: 225) == .refreshDue("t"))
        #expect(shelf.found(request, at: 270) == .nothing)
        shelf.keep("t", for: request)
        shelf.keep(.subjectRejected, for: request, now: UnixTime(seconds: 270))
        #expect(shelf.found(request, at: 270) == .refused(.subjectRejected))
    }

    // MARK: - Forgetting

    @Test func onlyTheCredentialThatWasRejectedIsForgotten() {
        var shelf = CredentialShelf(capacity: 10)
        let request = Sample.request("a")
        shelf.keep("old", for: request)
        shelf.keep("fresh", for: request)
        shelf.forget("old", of: request)
        #expect(shelf.found(request) == .good("fresh"))
        shelf.forget("fresh", of: request)
        #expect(shelf.found(request) == .nothing)
        shelf.forget("old", of: request)
    }

    @Test func aRefusalIsNotForgottenForACredential() {
        var shelf = CredentialShelf(capacity: 10)
        let request = Sample.request("a")
        shelf.keep(.actorRejected, for: request, now: UnixTime(seconds: 0))
        shelf.forget("t", of: request)
        #expect(shelf.found(request) == .refused(.actorRejected))
    }

    /// One path of a service that answers 401 to everybody must not cost everybody else the token, over and over.
    @Test func theCredentialThatReplacesOneStaysForAWhile() {
        var shelf = CredentialShelf(capacity: 10)
        let request = Sample.request("a")
        shelf.keep("1", for: request)
        shelf.forget("1", of: request, at: 100)
        #expect(shelf.found(request, at: 100) == .nothing)
        shelf.keep("2", for: request, at: 101)
        for seconds in 101..<110 as Range<Int64> {
            shelf.forget("2", of: request, at: seconds)
            #expect(shelf.found(request, at: seconds) == .good("2"))
        }
        shelf.forget("2", of: request, at: 110)
        #expect(shelf.found(request, at: 110) == .nothing)
        shelf.keep("3", for: request, at: 110)
        shelf.forget("3", of: request, at: 119)
        #expect(shelf.found(request, at: 119) == .good("3"))
    }

    @Test func oneThatReplacesTheReplacementStaysNoLonger() {
        var shelf = CredentialShelf(capacity: 10)
        let request = Sample.request("a")
        shelf.keep("1", for: request)
        shelf.forget("1", of: request, at: 0)
        shelf.keep("2", for: request, at: 1)
        shelf.keep("3", for: request, at: 5)
        shelf.forget("3", of: request, at: 9)
        #expect(shelf.found(request, at: 9) == .good("3"))
        shelf.forget("3", of: request, at: 10)
        #expect(shelf.found(request, at: 10) == .nothing)
    }

    @Test func oneThatComesLateIsAsGoodAsAnyOther() {
        var shelf = CredentialShelf(capacity: 10)
        let request = Sample.request("a")
        shelf.keep("1", for: request)
        shelf.forget("1", of: request, at: 0)
        shelf.keep("2", for: request, at: 10)
        shelf.forget("2", of: request, at: 10)
        #expect(shelf.found(request, at: 10) == .nothing)
    }

    /// The authorization server says no in between, or gives a token that is not kept.
    @Test func theMomentIsCarriedThroughWhateverComesBetween() {
        let between: [(inout CredentialShelf, CredentialRequest) -> Void] = [
            { $0.keep(.subjectRejected, for: $1, now: UnixTime(seconds: 1)) },
            { $0.keep(.unavailable(retryAfterSeconds: 5), for: $1, now: UnixTime(seconds: 1)) },
            { $0.keep("brief", for: $1, expires: 2, at: 1) }, { $0.keep("short", for: $1, expires: 5, at: 1) },
            { _ = $0.found($1, at: 2) },
        ]
        for step in between {
            var shelf = CredentialShelf(capacity: 10)
            let request = Sample.request("a")
            shelf.keep("1", for: request)
            shelf.forget("1", of: request, at: 0)
            step(&shelf, request)
            #expect(shelf.found(request, at: 7) == .nothing)
            shelf.keep("2", for: request, at: 7)
            shelf.forget("2", of: request, at: 9)
            #expect(shelf.found(request, at: 9) == .good("2"))
            #expect(shelf.count == 1)
        }
    }

    @Test func whatIsLeftOfAForgottenOneTakesItsPlaceAndNoMore() {
        var shelf = CredentialShelf(capacity: 4, tenantQuota: 2)
        for name in ["a", "b"] as [ByteString] {
            shelf.keep("t", for: Sample.request(name))
            shelf.forget("t", of: Sample.request(name), at: 0)
        }
        #expect(shelf.count == 2)
        shelf.keep("c", for: Sample.request("c"), at: 1)
        #expect(shelf.count == 2)
        // The moment of "a" made room, that of "b" did not.
        for name in ["b", "a"] as [ByteString] { shelf.keep("u", for: Sample.request(name), at: 1) }
        for name in ["b", "a"] as [ByteString] { shelf.forget("u", of: Sample.request(name), at: 2) }
        #expect(shelf.found(Sample.request("b"), at: 2) == .good("u"))
        #expect(shelf.found(Sample.request("a"), at: 2) == .nothing)
        #expect(shelf.sweep(now: UnixTime(seconds: 300), atMost: 10) == false)
        #expect(shelf.count == 0)
    }

    @Test func everythingIsForgottenAtOnce() {
        var shelf = CredentialShelf(capacity: 10)
        for name in ["a", "b"] as [ByteString] { shelf.keep("t", for: Sample.request(name)) }
        shelf.forgetAll()
        #expect(shelf.count == 0)
        #expect(shelf.found(Sample.request("a")) == .nothing)
    }

    // MARK: - Room

    @Test func theLongestUnusedMakesRoom() {
        var shelf = CredentialShelf(capacity: 4, tenantQuota: 4)
        for number in 0..<4 { shelf.keep("\(number)", for: Sample.request(ByteString("\(number)"))) }
        #expect(shelf.found(Sample.request("0")) == .good("0"))
        shelf.keep("4", for: Sample.request("4"))
        #expect(shelf.count == 4)
        #expect(shelf.found(Sample.request("1")) == .nothing)
        #expect(shelf.found(Sample.request("0")) == .good("0"))
    }

    @Test func noTenantHoldsMoreThanHalfAndMakesRoomAmongItsOwn() {
        var shelf = CredentialShelf(capacity: 10)
        shelf.keep("own", for: Sample.request("own", tenant: nil))
        for number in 0..<3 { shelf.keep("a", for: Sample.request(ByteString("a\(number)"), tenant: "acme")) }
        for number in 0..<1_000 { shelf.keep("e", for: Sample.request(ByteString("e\(number)"), tenant: "evil")) }
        #expect(shelf.count == 9)
        for number in 0..<3 {
            #expect(shelf.found(Sample.request(ByteString("a\(number)"), tenant: "acme")) == .good("a"))
        }
        #expect(shelf.found(Sample.request("own", tenant: nil)) == .good("own"))
        for number in 995..<1_000 {
            #expect(shelf.found(Sample.request(ByteString("e\(number)"), tenant: "evil")) == .good("e"))
        }
    }

    @Test func keepingOneAnewTakesNoFurtherRoom() {
        var shelf = CredentialShelf(capacity: 4)
        for number in 0..<20 { shelf.keep("\(number)", for: Sample.request("a")) }
        shelf.keep("b", for: Sample.request("b"))
        #expect(shelf.count == 2)
        #expect(shelf.found(Sample.request("a")) == .good("19"))
    }

    @Test func whatHasEndedIsClearedAway() {
        var shelf = CredentialShelf(capacity: 100)
        for number in 0..<10 {
            shelf.keep("t", for: Sample.request(ByteString("\(number)"), tenant: ByteString("\(number)")))
        }
        #expect(shelf.sweep(now: UnixTime(seconds: 269), atMost: 4) == false)
        #expect(shelf.count == 10)
        #expect(shelf.sweep(now: UnixTime(seconds: 270), atMost: 4) == true)
        #expect(shelf.count == 6)
        // A new one clears two away.
        shelf.keep("u", for: Sample.request("u"), at: 270)
        #expect(shelf.count == 5)
        #expect(shelf.sweep(now: UnixTime(seconds: 270), atMost: 100) == false)
        #expect(shelf.count == 1)
    }

    @Test func aShelfWithoutRoomHoldsOne() {
        var shelf = CredentialShelf(capacity: 0)
        shelf.keep("a", for: Sample.request("a"))
        shelf.keep("b", for: Sample.request("b"))
        #expect(shelf.count == 1)
        #expect(shelf.found(Sample.request("b")) == .good("b"))
    }
}
