import Admission
import Delegation
import StrictCoding
import Testing

private typealias Sample = TransactionSample

@Suite("To which transaction a call belongs")
struct AttributionTests {
    /// What a call shows, who makes it, and what comes of it, where the table holds:
    ///
    /// - `a` with handle 1 and `b` with handle 2 at `orders`, `c` with handle 3 at `billing`, all open;
    /// - `late` with handle 4 at `orders`, in its grace; `over` with handle 5 at `orders`, closed;
    /// - of instances of `tools`: `i1` has one open, `i2` two open, `i3` one open and one in its grace, `i4` one in its
    ///   grace, `i5` two in theirs, `i6` only a closed one.
    struct Row: Sendable, CustomTestStringConvertible {
        let proofs: [TransactionProof]
        let presenter: Presenter
        let outcome: Attributed

        init(_ proofs: [TransactionProof], _ presenter: Presenter, _ outcome: Attributed) {
            self.proofs = proofs
            self.presenter = presenter
            self.outcome = outcome
        }

        var testDescription: String { "\(proofs) by \(presenter) is \(outcome)" }
    }

    static let orders = Presenter.server("orders")
    static func instance(_ id: ByteString, of server: ByteString = "tools") -> Presenter {
        .instance(id, server: server)
    }
    static let otherEnvelope = TransactionProof.envelope(transaction: "a", envelopeID: "jti-of-another")

    static let servers: [Row] = [
        Row([], orders, .refused(.unattributed)),
        Row([Sample.envelope("a")], orders, .to("a", .envelope)),
        Row([.handle([1])], orders, .to("a", .handle)),
        Row([.handle([2])], orders, .to("b", .handle)),
        Row([Sample.envelope("a"), .handle([1])], orders, .to("a", .envelope)),
        Row([.handle([1]), Sample.envelope("a")], orders, .to("a", .envelope)),
        Row([Sample.envelope("a"), .handle([2])], orders, .refused(.ambiguous)),
        Row([Sample.envelope("a"), .handle([9])], orders, .refused(.ambiguous)),
        Row([.handle([9]), Sample.envelope("a")], orders, .refused(.ambiguous)),
        Row([.handle([9])], orders, .refused(.unattributed)),
        Row([.handle([])], orders, .refused(.unattributed)),
        Row([Sample.envelope("nobody's")], orders, .refused(.unattributed)),
        Row([otherEnvelope], orders, .refused(.unattributed)),
        Row([otherEnvelope, .handle([1])], orders, .refused(.ambiguous)),
        Row([Sample.envelope("c")], orders, .refused(.wrongPresenter)),
        Row([.handle([3])], orders, .refused(.wrongPresenter)),
        Row([Sample.envelope("a")], .server("billing"), .refused(.wrongPresenter)),
        Row([Sample.envelope("a")], .server("Orders"), .refused(.wrongPresenter)),
        Row([Sample.envelope("a")], instance("i1", of: "orders"), .refused(.wrongPresenter)),
        Row([.handle([4])], orders, .to("late", .handle)),
        Row([Sample.envelope("late")], orders, .to("late", .envelope)),
        Row([.handle([5])], orders, .refused(.closed)),
        Row([Sample.envelope("over")], orders, .refused(.closed)),
        Row([Sample.envelope("over")], .server("billing"), .refused(.wrongPresenter)),
    ]

    static let instances: [Row] = [
        Row([], instance("i1"), .to("i1-a", .instance)),
        Row([], instance("i2"), .refused(.ambiguous)),
        Row([], instance("i3"), .to("i3-a", .instance)),
        Row([], instance("i4"), .to("i4-late", .instance)),
        Row([], instance("i5"), .refused(.ambiguous)),
        Row([], instance("i6"), .refused(.closed)),
        Row([], instance("i7"), .refused(.unattributed)),
        Row([], instance("i1", of: "orders"), .refused(.wrongPresenter)),
        Row([Sample.envelope("i1-a")], instance("i1"), .to("i1-a", .instance)),
        Row([Sample.envelope("i2-b")], instance("i2"), .to("i2-b", .instance)),
        Row([Sample.envelope("i3-late")], instance("i3"), .to("i3-late", .instance)),
        Row([Sample.envelope("i2-b")], instance("i1"), .refused(.wrongPresenter)),
        Row([Sample.envelope("i1-a"), Sample.envelope("i2-b")], instance("i1"), .refused(.ambiguous)),
        Row([Sample.envelope("i1-a")], .server("tools"), .refused(.wrongPresenter)),
        Row([Sample.envelope("a")], instance("i1"), .refused(.wrongPresenter)),
        Row([.handle([9])], instance("i1"), .refused(.unattributed)),
        Row([Sample.envelope("i6-over")], instance("i6"), .refused(.closed)),
    ]

    static func full() throws -> TransactionTable {
        var table = TransactionTable(
            limits: TransactionLimits(
                capacity: 100, perPrincipal: 100, calls: 5, concurrentCalls: 3, graceMilliseconds: 2_000))
        for (id, server, handle): (ByteString, ByteString, [UInt8]) in [
            ("a", "orders", [1]), ("b", "orders", [2]), ("c", "billing", [3]), ("late", "orders", [4]),
            ("over", "orders", [5]),
        ] {
            try table.open(Sample.transaction(id, server: server, handle: handle), now: Sample.at(0))
        }
        for (id, instance): (ByteString, ByteString) in [
            ("i1-a", "i1"), ("i2-a", "i2"), ("i2-b", "i2"), ("i3-a", "i3"), ("i3-late", "i3"), ("i4-late", "i4"),
            ("i5-a", "i5"), ("i5-b", "i5"), ("i6-over", "i6"),
        ] {
            try table.open(Sample.transaction(id, server: "tools", instance: instance), now: Sample.at(0))
        }
        for id: ByteString in ["over", "i6-over"] { table.close(id, now: Sample.at(1)) }
        for id: ByteString in ["late", "i3-late", "i4-late", "i5-a", "i5-b"] { table.close(id, now: Sample.at(9)) }
        return table
    }

    @Test(arguments: servers + instances)
    func aCallBelongsToTheOneTransactionThatEveryProofNames(_ row: Row) throws {
        var table = try Self.full()
        #expect(table.call(row.proofs, by: row.presenter, at: 10) == row.outcome)
    }

    @Test func aCallGetsTheTransactionAsItWasOpened() throws {
        var table = try Sample.table(Sample.limits, Sample.transaction("a", of: Sample.principal("bob"), handle: [7]))
        let call = try table.begin([.handle([7])], presenter: .server("orders"), now: Sample.at(1))
        #expect(call.transaction.statement.claims.principal == Sample.principal("bob"))
        #expect(call.transaction.handle == [7])
    }
}
