import Admission
import Delegation
import Stores
import StrictCoding
import Testing

@Suite("Transactions for all loops")
struct TransactionsTests {
    private static let limits = TransactionLimits(
        capacity: 10_000, perPrincipal: 10_000, calls: 8, concurrentCalls: 8, graceMilliseconds: 2_000)

    @Test func whatOneLoopOpensAnotherOneFinds() throws {
        let transactions = Transactions(limits: Self.limits)
        let now = StoreSample.start * 1_000
        try transactions.open(StoreSample.transaction("a", handle: [1]), now: now)
        let call = try transactions.begin([.handle([1])], presenter: .server("orders"), now: now)
        #expect(call.transaction.id == "a")
        #expect(call.attribution == .handle)
        transactions.end("a")
        transactions.close("a", now: now)
        transactions.sweep(now: now + 2_000)
        #expect(throws: AttributionRefusal.closed) {
            try transactions.begin([.handle([1])], presenter: .server("orders"), now: now + 2_000)
        }
        #expect(transactions.counts == TransactionTable.Counts(open: 0, inGrace: 0, remembered: 1))
    }

    @Test func aFullTableSaysSo() throws {
        var limits = Self.limits
        limits.perPrincipal = 1
        let transactions = Transactions(limits: limits)
        try transactions.open(StoreSample.transaction("a"), now: 0)
        #expect(throws: TransactionTableFull.principal) {
            try transactions.open(StoreSample.transaction("b"), now: 0)
        }
    }

    @Test func anAbandonedOneMakesRoom() throws {
        var limits = Self.limits
        limits.perPrincipal = 1
        let transactions = Transactions(limits: limits)
        let now = StoreSample.start * 1_000
        try transactions.open(StoreSample.transaction("a", handle: [1]), now: now)
        transactions.abandon("a", now: now)
        #expect(try transactions.begin([.handle([1])], presenter: .server("orders"), now: now).transaction.id == "a")
        try transactions.open(StoreSample.transaction("b"), now: now)
        #expect(throws: AttributionRefusal.closed) {
            try transactions.begin([.handle([1])], presenter: .server("orders"), now: now)
        }
    }

    @Test func eachCallOfManyAtOnceBelongsToItsOwnRequest() async throws {
        let transactions = Transactions(limits: Self.limits)
        let now = StoreSample.start * 1_000
        let wrong = await withTaskGroup(of: Int.self) { group in
            for loop in 0..<8 {
                group.addTask {
                    var wrong = 0
                    for number in 0..<300 {
                        let id = ByteString("\(loop)-\(number)")
                        let handle = Array(id.bytes)
                        try? transactions.open(StoreSample.transaction(id, of: id, handle: handle), now: now)
                        for _ in 0..<3 {
                            let call = try? transactions.begin(
                                [.handle(handle)], presenter: .server("orders"), now: now)
                            if call?.transaction.statement.claims.principal.subject != id { wrong += 1 }
                            transactions.end(id)
                        }
                        transactions.close(id, now: now)
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
        transactions.sweep(now: now + 2_000)
        #expect(transactions.counts == TransactionTable.Counts(open: 0, inGrace: 0, remembered: 2_400))
        transactions.sweep(now: now + 900_000)
        #expect(transactions.counts == TransactionTable.Counts(open: 0, inGrace: 0, remembered: 0))
    }
}
