import Admission
import Identity
import StrictCoding
import Testing

@testable import Delegation
@testable import Policy

private typealias Sample = TransactionSample

@Suite("The transaction table")
struct TransactionTableTests {
    // MARK: - Time

    /// Seconds after the start, the request having been answered at 10.
    @Test(arguments: [
        (9.999, Attributed.to("a", .handle)), (10, .to("a", .handle)), (11.999, .to("a", .handle)),
        (12, .refused(.closed)), (299.999, .refused(.closed)), (899.999, .refused(.closed)),
        (900, .refused(.unattributed)),
    ])
    func aCallMayComeShortlyAfterTheAnswer(seconds: Double, outcome: Attributed) throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1]))
        if seconds >= 10 { table.close("a", now: Sample.at(10)) }
        // One call clears away what ended before it, and so lets the next one see what is left.
        _ = table.call([.handle([9])], at: seconds)
        #expect(table.call([.handle([1])], at: seconds) == outcome)
    }

    @Test func anEnvelopeIsRememberedAsClosedUntilItExpires() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a"))
        table.close("a", now: Sample.at(10))
        #expect(table.call([Sample.envelope("a")], at: 299) == .refused(.closed))
        table.sweep(now: Sample.at(300))
        #expect(table.call([Sample.envelope("a")], at: 300) == .refused(.unattributed))
        #expect(table.counts == TransactionTable.Counts(open: 0, inGrace: 0, remembered: 0))
    }

    @Test(arguments: [
        (899.999, Attributed.to("a", .handle)), (900, .refused(.closed)), (901, .refused(.closed)),
    ])
    func noCallBelongsToATransactionPastItsDeadline(seconds: Double, outcome: Attributed) throws {
        var table = try Sample.table(
            Sample.limits, Sample.transaction("a", handle: [1], expires: 2_000, deadline: 900))
        #expect(table.call([.handle([1])], at: seconds) == outcome)
    }

    @Test func theDeadlineEndsTheGraceToo() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1], expires: 2_000, deadline: 11))
        table.close("a", now: Sample.at(10))
        #expect(table.call([.handle([1])], at: 10.9) == .to("a", .handle))
        #expect(table.call([.handle([1])], at: 11) == .refused(.closed))
    }

    @Test func aTransactionThatNobodyClosesEndsAtItsDeadline() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", deadline: 50), Sample.transaction("b"))
        table.sweep(now: Sample.at(50))
        #expect(table.counts == TransactionTable.Counts(open: 1, inGrace: 0, remembered: 1))
        table.close("a", now: Sample.at(51))
        #expect(table.counts == TransactionTable.Counts(open: 1, inGrace: 0, remembered: 1))
    }

    @Test func closingTwiceIsClosingOnce() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1]))
        table.close("a", now: Sample.at(10))
        table.close("a", now: Sample.at(11))
        #expect(table.call([.handle([1])], at: 12) == .refused(.closed))
        table.close("nobody's", now: Sample.at(12))
    }

    @Test func aClockThatJumpsEndsWhatIsOver() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a"), Sample.transaction("b", deadline: 20))
        table.sweep(now: Sample.at(400_000_000))
        #expect(table.counts.open == 0)
        try table.open(Sample.transaction("c"), now: Sample.at(0))
        table.sweep(now: Sample.at(899))
        #expect(table.counts.open == 1)
        table.sweep(now: Sample.at(900))
        #expect(table.counts.open == 0)
    }

    // MARK: - Calls

    @Test func aTransactionMakesSoManyCallsAndNoMore() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1]))
        for _ in 0..<5 {
            #expect(table.call([.handle([1])]) == .to("a", .handle))
            table.end("a")
        }
        #expect(table.call([.handle([1])]) == .refused(.budgetSpent))
        table.close("a", now: Sample.at(2))
        #expect(table.call([.handle([1])], at: 3) == .refused(.budgetSpent))
    }

    @Test func soManyAtATimeAndARefusedOneCostsNothing() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1]))
        for _ in 0..<3 { #expect(table.call([.handle([1])]) == .to("a", .handle)) }
        for _ in 0..<20 { #expect(table.call([.handle([1])]) == .refused(.tooManyAtOnce)) }
        table.end("a")
        #expect(table.call([.handle([1])]) == .to("a", .handle))
        table.close("a", now: Sample.at(2))
        #expect(table.call([.handle([1])], at: 2) == .refused(.tooManyAtOnce))
        table.end("a")
        #expect(table.call([.handle([1])], at: 2) == .to("a", .handle))
    }

    @Test func endingACallOfATransactionThatIsOverDoesNothing() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1]))
        table.end("a")
        table.end("nobody's")
        for _ in 0..<3 { #expect(table.call([.handle([1])]) == .to("a", .handle)) }
        #expect(table.call([.handle([1])]) == .refused(.tooManyAtOnce))
        table.close("a", now: Sample.at(2))
        table.sweep(now: Sample.at(5))
        table.end("a")
        #expect(table.counts == TransactionTable.Counts(open: 0, inGrace: 0, remembered: 1))
    }

    // MARK: - Room

    private func open(
        _ table: inout TransactionTable, _ id: ByteString, of principal: Principal, at seconds: Double = 1
    ) -> TransactionTableFull? {
        do {
            try table.open(Sample.transaction(id, of: principal), now: Sample.at(seconds))
            return nil
        } catch {
            return error
        }
    }

    private static let small = TransactionLimits(
        capacity: 5, perPrincipal: 2, calls: 5, concurrentCalls: 3, graceMilliseconds: 2_000)

    @Test func noActorTakesTheRoomOfOthers() {
        var table = TransactionTable(limits: Self.small)
        let alice = Sample.principal("alice")
        #expect(open(&table, "1", of: alice) == nil)
        #expect(open(&table, "2", of: alice) == nil)
        #expect(open(&table, "3", of: alice) == .principal)
        // However many agents they use.
        #expect(open(&table, "3", of: Sample.principal("alice", agent: "b")) == .principal)
        // The same name in another tenant is another actor, and so is the same text in other bytes.
        #expect(open(&table, "4", of: Sample.principal("alice", tenant: "evil")) == nil)
        #expect(open(&table, "5", of: Sample.principal("caf\u{E9}")) == nil)
        #expect(open(&table, "6", of: Sample.principal("cafe\u{301}")) == nil)
        #expect(open(&table, "7", of: Sample.principal("bob")) == .table)
        table.close("1", now: Sample.at(2))
        #expect(open(&table, "8", of: alice, at: 2) == nil)
    }

    @Test func aRequestThatBeginsTakesTheRoomOfTheOldestGrace() {
        var table = TransactionTable(limits: Self.small)
        for user in ["0", "1", "2", "3", "4"] as [ByteString] {
            #expect(open(&table, user, of: Sample.principal(user)) == nil)
        }
        table.close("1", now: Sample.at(2))
        table.close("0", now: Sample.at(2))
        #expect(open(&table, "5", of: Sample.principal("5"), at: 2) == nil)
        #expect(table.call([Sample.envelope("1")], at: 2) == .refused(.closed))
        #expect(table.call([Sample.envelope("0")], at: 2) == .to("0", .envelope))
        #expect(table.counts == TransactionTable.Counts(open: 4, inGrace: 1, remembered: 1))
    }

    @Test func anActorsGracesTakeNoMoreRoomThanItsRequests() {
        var table = TransactionTable(limits: Self.small)
        let alice = Sample.principal("alice")
        for id in ["1", "2", "3"] as [ByteString] {
            #expect(open(&table, id, of: alice) == nil)
            table.close(id, now: Sample.at(1))
        }
        #expect(table.counts == TransactionTable.Counts(open: 0, inGrace: 2, remembered: 1))
        #expect(table.call([Sample.envelope("3")]) == .refused(.closed))
        #expect(table.call([Sample.envelope("2")]) == .to("2", .envelope))
    }

    @Test func anActorHasGraceAgainWhenTheEarlierOnesAreOver() {
        var table = TransactionTable(limits: Self.small)
        let alice = Sample.principal("alice")
        for id in ["1", "2", "3", "4", "5", "6"] as [ByteString] {
            let seconds = Double(id.string)!
            #expect(open(&table, id, of: alice, at: seconds) == nil)
            table.close(id, now: Sample.at(seconds))
            #expect(table.call([Sample.envelope(id)], at: seconds) == .to(id, .envelope))
        }
    }

    @Test func whatIsRememberedIsBoundedAndTheOldestGoesFirst() {
        var table = TransactionTable(limits: Self.small)
        for number in 0..<50 {
            let name = ByteString("\(number)")
            #expect(open(&table, name, of: Sample.principal(name)) == nil)
            table.close(name, now: Sample.at(1))
        }
        #expect(table.counts == TransactionTable.Counts(open: 0, inGrace: 5, remembered: 5))
        #expect(table.call([Sample.envelope("39")]) == .refused(.unattributed))
        #expect(table.call([Sample.envelope("40")]) == .refused(.closed))
    }

    // MARK: - Clients that left

    /// Seconds after the start; the envelope expires at 300, the deadline is 900, the client left at 10.
    @Test(arguments: [
        (10, Attributed.to("a", .handle)), (299.999, .to("a", .handle)), (300, .refused(.closed)),
        (899, .refused(.closed)),
    ])
    func anAbandonedOneIsAttributedUntilItsEnvelopeEnds(seconds: Double, outcome: Attributed) throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1]))
        table.abandon("a", now: Sample.at(10))
        #expect(table.call([.handle([1])], at: seconds) == outcome)
        table.sweep(now: Sample.at(seconds))
        #expect(table.counts.open == (seconds < 300 ? 1 : 0))
    }

    @Test func theDeadlineOfAnAbandonedOneIsNotPutOff() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1], expires: 300, deadline: 50))
        table.abandon("a", now: Sample.at(10))
        #expect(table.call([.handle([1])], at: 49) == .to("a", .handle))
        #expect(table.call([.handle([1])], at: 50) == .refused(.closed))
    }

    @Test func oneThatIsAbandonedAfterItsEnvelopeEndedIsOver() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1]))
        table.abandon("a", now: Sample.at(400))
        #expect(table.counts == TransactionTable.Counts(open: 0, inGrace: 0, remembered: 1))
        #expect(table.call([.handle([1])], at: 400) == .refused(.closed))
    }

    @Test func abandoningChangesNothingElse() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", handle: [1]), Sample.transaction("b"))
        for _ in 0..<3 { #expect(table.call([.handle([1])]) == .to("a", .handle)) }
        for _ in 0..<2 { table.abandon("a", now: Sample.at(2)) }
        #expect(table.call([.handle([1])], at: 2) == .refused(.tooManyAtOnce))
        table.end("a")
        #expect(table.call([.handle([1])], at: 2) == .to("a", .handle))
        table.close("a", now: Sample.at(3))
        #expect(table.counts == TransactionTable.Counts(open: 1, inGrace: 1, remembered: 0))
        table.abandon("a", now: Sample.at(3))
        table.abandon("nobody's", now: Sample.at(3))
        #expect(table.counts == TransactionTable.Counts(open: 1, inGrace: 1, remembered: 0))
    }

    @Test func anActorsOldestAbandonedOneMakesRoom() {
        var table = TransactionTable(limits: Self.small)
        let alice = Sample.principal("alice")
        for id in ["1", "2"] as [ByteString] { #expect(open(&table, id, of: alice) == nil) }
        for id in ["2", "1"] as [ByteString] { table.abandon(id, now: Sample.at(1)) }
        // Through any client and agent.
        #expect(open(&table, "3", of: Sample.principal("alice", agent: "b")) == nil)
        #expect(table.call([Sample.envelope("2")]) == .refused(.closed))
        #expect(table.call([Sample.envelope("1")]) == .to("1", .envelope))
        #expect(open(&table, "4", of: alice) == nil)
        #expect(table.call([Sample.envelope("1")]) == .refused(.closed))
        #expect(open(&table, "5", of: alice) == .principal)
        #expect(table.counts == TransactionTable.Counts(open: 2, inGrace: 0, remembered: 2))
    }

    @Test func nobodysAbandonedOneIsClosedWhileThereIsRoom() {
        var table = TransactionTable(limits: Self.small)
        let alice = Sample.principal("alice")
        #expect(open(&table, "1", of: alice) == nil)
        table.abandon("1", now: Sample.at(1))
        #expect(open(&table, "2", of: alice) == nil)
        #expect(open(&table, "3", of: Sample.principal("bob")) == nil)
        #expect(open(&table, "4", of: Sample.principal("bob")) == nil)
        #expect(open(&table, "5", of: Sample.principal("bob")) == .principal)
        #expect(table.counts == TransactionTable.Counts(open: 4, inGrace: 0, remembered: 0))
    }

    @Test func whenTheTableIsFullTheOldestAbandonedOneOfAnybodyMakesRoom() {
        var table = TransactionTable(limits: Self.small)
        for user in ["0", "1", "2", "3", "4"] as [ByteString] {
            #expect(open(&table, user, of: Sample.principal(user)) == nil)
        }
        for user in ["2", "1"] as [ByteString] { table.abandon(user, now: Sample.at(1)) }
        table.close("0", now: Sample.at(1))
        for user in ["5", "6", "7"] as [ByteString] {
            #expect(open(&table, user, of: Sample.principal(user)) == nil)
        }
        #expect(table.call([Sample.envelope("2")]) == .refused(.closed))
        #expect(table.call([Sample.envelope("1")]) == .refused(.closed))
        #expect(table.call([Sample.envelope("0")]) == .refused(.closed))
        #expect(open(&table, "8", of: Sample.principal("8")) == .table)
        #expect(table.counts == TransactionTable.Counts(open: 5, inGrace: 0, remembered: 3))
    }

    /// Someone whose clients leave all the time.
    @Test func abandonedOnesAreBounded() {
        var table = TransactionTable(limits: Self.small)
        for number in 0..<100 {
            #expect(open(&table, ByteString("\(number)"), of: Sample.principal("alice")) == nil)
            table.abandon(ByteString("\(number)"), now: Sample.at(1))
        }
        #expect(table.counts == TransactionTable.Counts(open: 2, inGrace: 0, remembered: 5))
    }

    // MARK: - Instances

    @Test func theTransactionsOfADeadInstanceAreClosedWithoutGrace() throws {
        var table = try Sample.table(
            Sample.limits, Sample.transaction("a", server: "tools", instance: "i1"),
            Sample.transaction("b", server: "tools", instance: "i1"),
            Sample.transaction("c", server: "tools", instance: "i2"))
        table.close("a", now: Sample.at(1))
        table.closeAll(instance: "i1")
        #expect(table.counts == TransactionTable.Counts(open: 1, inGrace: 0, remembered: 2))
        #expect(table.call(by: .instance("i1", server: "tools")) == .refused(.closed))
        #expect(table.call(by: .instance("i2", server: "tools")) == .to("c", .instance))
        table.closeAll(instance: "i1")
        table.closeAll(instance: "nobody")
    }

    @Test func anInstanceIsForgottenWithItsLastTransaction() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", server: "tools", instance: "i1"))
        table.close("a", now: Sample.at(1))
        table.sweep(now: Sample.at(3))
        #expect(table.call(by: .instance("i1", server: "tools"), at: 899) == .refused(.closed))
        table.sweep(now: Sample.at(900))
        #expect(table.call(by: .instance("i1", server: "tools"), at: 900) == .refused(.unattributed))
    }

    @Test func whatIsOverCountsForNothingBeforeItIsClearedAway() throws {
        var table = try Sample.table()
        // More than one operation clears away.
        for name in (0..<40).map({ ByteString("\($0)") }) {
            try table.open(Sample.transaction(name, of: Sample.principal(name), deadline: 10), now: Sample.at(0))
        }
        for name in ["over", "next"] as [ByteString] {
            try table.open(
                Sample.transaction(name, server: "tools", instance: "i1", deadline: name == "over" ? 11 : 900),
                now: Sample.at(0))
        }
        #expect(table.call(by: .instance("i1", server: "tools"), at: 12) == .to("next", .instance))
        table.close("next", now: Sample.at(12))
        #expect(table.counts.open > 0)
        #expect(table.call(by: .instance("i1", server: "tools"), at: 12) == .to("next", .instance))
    }

    // MARK: - Clearing away

    @Test func nothingIsLeftOfWhatIsForgotten() throws {
        var table = try Sample.table(
            Sample.limits, Sample.transaction("a", handle: [1]),
            Sample.transaction("b", of: Sample.principal("bob"), server: "tools", handle: [2], instance: "i1"),
            Sample.transaction("c", handle: [3]), Sample.transaction("d"), Sample.transaction("e", deadline: 100))
        table.close("a", now: Sample.at(1))
        for id in ["d", "e"] as [ByteString] { table.abandon(id, now: Sample.at(1)) }
        table.closeAll(instance: "i1")
        while table.sweep(now: Sample.at(900)) {}
        #expect(table.counts == TransactionTable.Counts(open: 0, inGrace: 0, remembered: 0))
        #expect(table.names.isEmpty)
        #expect(table.places.count == 0)
        #expect(table.handles.isEmpty)
        #expect(table.instances.isEmpty)
        #expect(table.owners.isEmpty)
        #expect(table.abandoned.isEmpty)
    }

    @Test func sweepingGoesInSteps() throws {
        var table = TransactionTable(limits: TransactionLimits(Self.wide))
        for number in 0..<500 {
            let name = ByteString("\(number)")
            try table.open(Sample.transaction(name, of: Sample.principal(name), deadline: 10), now: Sample.at(0))
        }
        #expect(table.sweep(now: Sample.at(10), atMost: 100) == true)
        #expect(table.counts == TransactionTable.Counts(open: 400, inGrace: 0, remembered: 100))
        while table.sweep(now: Sample.at(300), atMost: 100) {}
        #expect(table.counts == TransactionTable.Counts(open: 0, inGrace: 0, remembered: 0))
    }

    private static let wide = {
        var limits = Limits()
        limits.transactions = 1_000
        return limits
    }()

    @Test func theLimitsAreThoseOfThePolicy() {
        #expect(
            TransactionLimits(Limits())
                == TransactionLimits(
                    capacity: 50_000, perPrincipal: 256, calls: 256, concurrentCalls: 32, graceMilliseconds: 2_000))
    }
}
