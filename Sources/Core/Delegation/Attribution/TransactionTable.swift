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

    /// What each operation clears away on its way: more than it can leave behind.
    private static let sweptPerOperation = 8

    let limits: TransactionLimits
    var open: [ByteString: LiveTransaction] = [:]
    private var deadlines = Agenda()
    /// Those of the open ones whose clients left, in this order.
    private(set) var abandoned = KeyedQueue<ByteString, Void>()
    var inGrace = KeyedQueue<ByteString, LiveTransaction>()
    var closed = KeyedQueue<ByteString, ClosedTransaction>()
    /// From a handle's digest to its transaction, which may be closed.
    var handles: [ByteString: ByteString] = [:]
    var instances: [ByteString: InstanceTransactions] = [:]
    private(set) var owners: [TransactionOwner: OwnedTransactions] = [:]

    package init(limits: TransactionLimits) {
        self.limits = limits
    }

    package var counts: Counts { Counts(open: open.count, inGrace: inGrace.count, remembered: closed.count) }

    // MARK: - Transactions

    /// The request is about to be forwarded.
    package mutating func open(_ transaction: Transaction, now: Int64) throws(TransactionTableFull) {
        sweep(now: now)
        let owner = TransactionOwner(transaction.claims.principal)
        if let open = owners[owner]?.open, open >= limits.perPrincipal {
            guard let oldest = owners[owner]?.abandoned.oldest?.key else { throw .principal }
            remember(oldest)
        }
        if open.count + inGrace.count >= limits.capacity {
            // A request that begins is worth more than one for which nobody waits, and than the grace of an answered
            // one.
            guard let oldest = abandoned.oldest?.key ?? inGrace.oldest?.key else { throw .table }
            remember(oldest)
        }
        let id = transaction.id
        precondition(open[id] == nil && inGrace[id] == nil && closed[id] == nil, "a transaction is opened once")
        open[id] = LiveTransaction(transaction)
        deadlines.enter(id, at: transaction.deadline.seconds)
        owners[owner, default: OwnedTransactions()].open += 1
        if let handle = transaction.handle { handles[ByteString(handle)] = id }
        if let instance = transaction.instance { instances[instance, default: InstanceTransactions()].open.append(id) }
    }

    /// The request was answered, or given up: its grace begins. Nothing happens to one that is closed.
    package mutating func close(_ id: ByteString, now: Int64) {
        sweep(now: now)
        guard var live = takeOpen(id) else { return }
        let owner = TransactionOwner(live.transaction.claims.principal)
        let isOver = live.isOver(now: now)
        live.graceEnds = now + limits.graceMilliseconds
        inGrace.append(live, for: id)
        owners[owner, default: OwnedTransactions()].inGrace += 1
        if let instance = live.transaction.instance {
            instances[instance, default: InstanceTransactions()].inGrace.append(id)
        }
        // An actor whose requests come and go fast holds no more room with their graces than with the requests.
        if isOver || owners[owner]!.inGrace > limits.perPrincipal { remember(id) }
    }

    /// The client left and may come back for the answer, of which nobody here will know. Nothing happens to a
    /// transaction that is not open.
    package mutating func abandon(_ id: ByteString, now: Int64) {
        sweep(now: now)
        guard var live = open[id], !live.isAbandoned else { return }
        deadlines.strike(id, at: live.deadline.seconds)
        live.abandon()
        deadlines.enter(id, at: live.deadline.seconds)
        open[id] = live
        abandoned.append((), for: id)
        changeOwner(of: live) { $0.abandoned.append((), for: id) }
        if live.isOver(now: now) { remember(id) }
    }

    /// The instance is gone: nobody makes calls for its transactions any more, and they get no grace.
    package mutating func closeAll(instance: ByteString) {
        guard let transactions = instances[instance] else { return }
        for id in transactions.open + transactions.inGrace { remember(id) }
    }

    // MARK: - Calls

    /// A call of `presenter` begins: it belongs to the one transaction to which every proof leads. For an envelope, the
    /// caller has verified signature, audience and expiry.
    ///
    /// Whoever gets a call tells `end` when it is over.
    package mutating func begin(
        _ proofs: [TransactionProof], presenter: Presenter, now: Int64
    ) throws(AttributionRefusal) -> AttributedCall {
        sweep(now: now)
        let id = try transaction(of: presenter, showing: proofs, now: now)
        guard let live = open[id] ?? inGrace[id], !live.isOver(now: now) else { throw .closed }
        guard live.calls < limits.calls else { throw .budgetSpent }
        guard live.concurrentCalls < limits.concurrentCalls else { throw .tooManyAtOnce }
        change(id) {
            $0.calls += 1
            $0.concurrentCalls += 1
        }
        return AttributedCall(transaction: live.transaction, attribution: Attribution(presenter, proofs))
    }

    /// A call that began is over. Nothing happens where its transaction is over too.
    package mutating func end(_ id: ByteString) {
        change(id) { $0.concurrentCalls = max(0, $0.concurrentCalls - 1) }
    }

    private mutating func change(_ id: ByteString, _ body: (inout LiveTransaction) -> Void) {
        if let index = open.index(forKey: id) {
            body(&open.values[index])
        } else {
            _ = inGrace.update(id, body)
        }
    }

    // MARK: - Ends

    /// Clears away what is over, at most so many. Returns whether there may be more.
    @discardableResult package mutating func sweep(now: Int64, atMost: Int = sweptPerOperation) -> Bool {
        var left = atMost
        while left > 0, let oldest = inGrace.oldest, oldest.value.isOver(now: now) {
            remember(oldest.key)
            left -= 1
        }
        let second = now >= 0 ? now / 1_000 : -1
        while left > 0, let id = deadlines.next(now: second) {
            remember(id)
            left -= 1
        }
        // In the order in which they were closed: one may be kept somewhat longer for one before it.
        while left > 0, let oldest = closed.oldest, oldest.value.forgotten <= now {
            forget(oldest.key)
            left -= 1
        }
        return left == 0
    }

    /// Ends a transaction that is open or in its grace, with all that it holds.
    private mutating func remember(_ id: ByteString) {
        guard let live = takeOpen(id) ?? takeInGrace(id) else { return }
        if closed.count >= limits.capacity, let oldest = closed.oldest { forget(oldest.key) }
        let rest = ClosedTransaction(live.transaction)
        closed.append(rest, for: id)
        if let instance = rest.instance { instances[instance, default: InstanceTransactions()].closed += 1 }
    }

    private mutating func forget(_ id: ByteString) {
        guard let rest = closed.remove(id) else { return }
        if let handle = rest.handle { handles[handle] = nil }
        if let instance = rest.instance { changeInstance(instance) { $0.closed -= 1 } }
    }

    private mutating func takeOpen(_ id: ByteString) -> LiveTransaction? {
        guard let live = open.removeValue(forKey: id) else { return nil }
        deadlines.strike(id, at: live.deadline.seconds)
        abandoned.remove(id)
        changeOwner(of: live) {
            $0.open -= 1
            $0.abandoned.remove(id)
        }
        if let instance = live.transaction.instance { changeInstance(instance) { $0.open.removeAll { $0 == id } } }
        return live
    }

    private mutating func takeInGrace(_ id: ByteString) -> LiveTransaction? {
        guard let live = inGrace.remove(id) else { return nil }
        changeOwner(of: live) { $0.inGrace -= 1 }
        if let instance = live.transaction.instance { changeInstance(instance) { $0.inGrace.removeAll { $0 == id } } }
        return live
    }

    private mutating func changeOwner(of live: LiveTransaction, _ body: (inout OwnedTransactions) -> Void) {
        let owner = TransactionOwner(live.transaction.claims.principal)
        // In place: a copy would take as long as the owner has abandoned ones.
        guard let index = owners.index(forKey: owner) else { return }
        body(&owners.values[index])
        if owners.values[index].isEmpty { owners.remove(at: index) }
    }

    private mutating func changeInstance(_ instance: ByteString, _ body: (inout InstanceTransactions) -> Void) {
        guard var transactions = instances[instance] else { return }
        body(&transactions)
        instances[instance] = transactions.isEmpty ? nil : transactions
    }
}
