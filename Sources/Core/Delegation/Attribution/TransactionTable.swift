package import Admission
import Identity
package import StrictCoding

/// The requests that are being worked on, and to which of them a server's outbound call belongs. Times are milliseconds
/// since 1970.
///
///     open ──close──▶ in grace ──▶ closed (remembered) ──▶ forgotten
///       └──────deadline──────────▲
///
/// An open one whose client left, and may come back for the answer, is *abandoned*: calls belong to it, no longer than
/// until its envelope expires, and only while nobody needs its room.
///
/// A call belongs to an open transaction, or to one in its grace: a call in flight may arrive just after the answer. A
/// closed one is remembered, without what it held, until nothing that names it could be valid: its late calls are told
/// that they are late. No operation looks at more than a few transactions, however many there are.
///
/// A transaction keeps its place from its opening until it is forgotten, and goes from one list of places to the next: an
/// operation looks its name up once.
package struct TransactionTable: Sendable {
    package struct Counts: Sendable, Equatable {
        package let open: Int
        package let inGrace: Int
        package let remembered: Int

        package init(open: Int, inGrace: Int, remembered: Int) {
            self.open = open
            self.inGrace = inGrace
            self.remembered = remembered
        }
    }

    enum Place: Sendable {
        case live(LiveTransaction)
        case closed(ClosedTransaction)
    }

    /// What each operation clears away on its way: more than it can leave behind.
    private static let sweptPerOperation = 8

    let limits: TransactionLimits
    private(set) var places = Slots<Place>()
    /// Where each transaction is, whatever became of it.
    private(set) var names: [ByteString: Int] = [:]
    /// The same by the digest of its handle.
    private(set) var handles: [ByteString: Int] = [:]
    /// The same, of those that are open or in their grace, by the digest of the envelope that was forwarded.
    private(set) var envelopes: [ByteString: Int] = [:]
    private(set) var instances: [ByteString: InstanceTransactions] = [:]
    private(set) var owners: [TransactionOwner: Int] = [:]
    private var owned = Slots<OwnedTransactions>()

    private var openCount = 0
    /// Of open ones.
    private var deadlines = Agenda()
    /// A place stands in one of the three lists below, or in none while its transaction is open and not abandoned.
    private var order = SlotLinks()
    /// Those of the open ones whose clients left, in this order.
    private(set) var abandoned = SlotList()
    private var inGrace = SlotList()
    private var closed = SlotList()
    /// Of their owners' lists of abandoned ones.
    private var ownersOrder = SlotLinks()

    package init(limits: TransactionLimits) {
        self.limits = limits
    }

    package var counts: Counts { Counts(open: openCount, inGrace: inGrace.count, remembered: closed.count) }

    // MARK: - Transactions

    /// The request is about to be forwarded.
    package mutating func open(_ transaction: Transaction, now: Int64) throws(TransactionTableFull) {
        sweep(now: now)
        let owner = TransactionOwner(transaction.statement.claims.principal)
        var own = owners[owner]
        if let full = own, owned[full].open >= limits.perPrincipal {
            guard let oldest = owned[full].abandoned.oldest else { throw .principal }
            remember(oldest)
            own = owners[owner]
        }
        if openCount + inGrace.count >= limits.capacity {
            // A request that begins is worth more than one for which nobody waits, and than the grace of an answered
            // one.
            guard let oldest = abandoned.oldest ?? inGrace.oldest else { throw .table }
            remember(oldest)
            own = owners[owner]
        }
        let ownerPlace = own ?? enter(owner)
        owned[ownerPlace].open += 1
        let place = places.insert(.live(LiveTransaction(transaction, owner: ownerPlace)))
        let earlier = names.updateValue(place, forKey: transaction.id)
        precondition(earlier == nil, "a transaction is opened once")
        openCount += 1
        deadlines.enter(place, at: transaction.deadline.seconds)
        if let handle = transaction.handle { handles[ByteString(handle)] = place }
        if let envelope = transaction.envelope { envelopes[envelope.digest] = place }
        if let instance = transaction.instance {
            instances[instance, default: InstanceTransactions()].open.append(place)
        }
    }

    /// The request was answered, or given up: its grace begins. Nothing happens to one that is closed.
    package mutating func close(_ id: ByteString, now: Int64) {
        sweep(now: now)
        guard let place = names[id], case .live(var live) = places[place], live.graceEnds == nil else { return }
        let isOver = live.isOver(now: now)
        endWork(place, live)
        live.graceEnds = now + limits.graceMilliseconds
        places[place] = .live(live)
        order.append(place, to: &inGrace)
        owned[live.owner].inGrace += 1
        if let instance = live.transaction.instance {
            instances[instance, default: InstanceTransactions()].inGrace.append(place)
        }
        // An actor whose requests come and go fast holds no more room with their graces than with the requests.
        if isOver || owned[live.owner].inGrace > limits.perPrincipal { remember(place) }
    }

    /// The client left and may come back for the answer, of which nobody here will know. Nothing happens to a
    /// transaction that is not open.
    package mutating func abandon(_ id: ByteString, now: Int64) {
        sweep(now: now)
        guard let place = names[id], case .live(var live) = places[place], live.graceEnds == nil, !live.isAbandoned
        else { return }
        deadlines.strike(place, at: live.deadline.seconds)
        live.abandon()
        deadlines.enter(place, at: live.deadline.seconds)
        places[place] = .live(live)
        order.append(place, to: &abandoned)
        ownersOrder.append(place, to: &owned[live.owner].abandoned)
        if live.isOver(now: now) { remember(place) }
    }

    /// The instance is gone: nobody makes calls for its transactions any more, and they get no grace.
    package mutating func closeAll(instance: ByteString) {
        guard let transactions = instances[instance] else { return }
        for place in transactions.open + transactions.inGrace { remember(place) }
    }

    // MARK: - Calls

    /// The transaction, open or in its grace, for which an envelope with this SHA-256 was minted here. Whose call it is
    /// that shows it, and whether it may, is for `begin` to say.
    package func transaction(forwardedAs digest: ByteString) -> Transaction? {
        guard let place = envelopes[digest], case .live(let live) = places[place] else { return nil }
        return live.transaction
    }

    /// A call of `presenter` begins: it belongs to the one transaction to which every proof leads. For an envelope, the
    /// caller has verified signature, audience and expiry.
    ///
    /// Whoever gets a call tells `end` when it is over.
    package mutating func begin(
        _ proofs: [TransactionProof], presenter: Presenter, now: Int64
    ) throws(AttributionRefusal) -> AttributedCall {
        sweep(now: now)
        let place = try place(of: presenter, showing: proofs, now: now)
        guard case .live(var live) = places[place], !live.isOver(now: now) else { throw .closed }
        guard live.calls < limits.calls else { throw .budgetSpent }
        guard live.concurrentCalls < limits.concurrentCalls else { throw .tooManyAtOnce }
        live.calls += 1
        live.concurrentCalls += 1
        places[place] = .live(live)
        return AttributedCall(transaction: live.transaction, attribution: Attribution(presenter, proofs))
    }

    /// A call that began is over. Nothing happens where its transaction is over too.
    package mutating func end(_ id: ByteString) {
        guard let place = names[id], case .live(var live) = places[place] else { return }
        live.concurrentCalls = max(0, live.concurrentCalls - 1)
        places[place] = .live(live)
    }

    // MARK: - Ends

    /// Clears away what is over, at most so many. Returns whether there may be more.
    @discardableResult package mutating func sweep(now: Int64, atMost: Int = sweptPerOperation) -> Bool {
        var left = atMost
        while left > 0, let oldest = inGrace.oldest, case .live(let live) = places[oldest], live.isOver(now: now) {
            remember(oldest)
            left -= 1
        }
        let second = now >= 0 ? now / 1_000 : -1
        while left > 0, let due = deadlines.due(now: second) {
            remember(due.slot)
            left -= 1
        }
        // In the order in which they were closed: one may be kept somewhat longer for one before it.
        while left > 0, let oldest = closed.oldest, case .closed(let rest) = places[oldest], rest.forgotten <= now {
            forget(oldest, rest)
            left -= 1
        }
        return left == 0
    }

    /// Ends a transaction that is open or in its grace, with all that it holds.
    private mutating func remember(_ place: Int) {
        guard case .live(let live) = places[place] else { return }
        if live.graceEnds == nil { endWork(place, live) } else { endGrace(place, live) }
        if owned[live.owner].isEmpty { owners[owned.remove(at: live.owner).owner] = nil }
        if let envelope = live.transaction.envelope { envelopes[envelope.digest] = nil }
        if closed.count >= limits.capacity, let oldest = closed.oldest, case .closed(let rest) = places[oldest] {
            forget(oldest, rest)
        }
        let rest = ClosedTransaction(live.transaction)
        places[place] = .closed(rest)
        order.append(place, to: &closed)
        if let instance = rest.instance { instances[instance, default: InstanceTransactions()].closed += 1 }
    }

    private mutating func forget(_ place: Int, _ rest: ClosedTransaction) {
        order.remove(place, from: &closed)
        places.remove(at: place)
        names[rest.id] = nil
        if let handle = rest.handle { handles[handle] = nil }
        if let instance = rest.instance { changeInstance(instance) { $0.closed -= 1 } }
    }

    /// A transaction is no longer open.
    private mutating func endWork(_ place: Int, _ live: LiveTransaction) {
        openCount -= 1
        owned[live.owner].open -= 1
        deadlines.strike(place, at: live.deadline.seconds)
        if live.isAbandoned {
            order.remove(place, from: &abandoned)
            ownersOrder.remove(place, from: &owned[live.owner].abandoned)
        }
        if let instance = live.transaction.instance { changeInstance(instance) { $0.open.removeAll { $0 == place } } }
    }

    private mutating func endGrace(_ place: Int, _ live: LiveTransaction) {
        order.remove(place, from: &inGrace)
        owned[live.owner].inGrace -= 1
        if let instance = live.transaction.instance {
            changeInstance(instance) { $0.inGrace.removeAll { $0 == place } }
        }
    }

    private mutating func enter(_ owner: TransactionOwner) -> Int {
        let place = owned.insert(OwnedTransactions(owner: owner))
        owners[owner] = place
        return place
    }

    private mutating func changeInstance(_ instance: ByteString, _ body: (inout InstanceTransactions) -> Void) {
        guard var transactions = instances[instance] else { return }
        body(&transactions)
        instances[instance] = transactions.isEmpty ? nil : transactions
    }
}
