package import Policy

/// How much room transactions have, and how much each may do.
package struct TransactionLimits: Sendable, Hashable {
    /// Transactions that calls can belong to. As many again are remembered as closed.
    package var capacity: Int
    /// Of these, open ones of one actor.
    package var perPrincipal: Int
    /// Calls of one transaction in all.
    package var calls: Int
    /// Calls of one transaction at a time.
    package var concurrentCalls: Int
    /// How long calls still belong to a transaction after its request was answered.
    package var graceMilliseconds: Int64

    package init(
        capacity: Int, perPrincipal: Int, calls: Int, concurrentCalls: Int, graceMilliseconds: Int64
    ) {
        self.capacity = capacity
        self.perPrincipal = perPrincipal
        self.calls = calls
        self.concurrentCalls = concurrentCalls
        self.graceMilliseconds = graceMilliseconds
    }

    package init(_ limits: Limits) {
        self.init(
            capacity: limits.transactions, perPrincipal: limits.transactionsPerPrincipal,
            calls: limits.transactionCalls, concurrentCalls: limits.transactionConcurrentCalls,
            graceMilliseconds: Int64(limits.transactionGraceSeconds) * 1_000)
    }
}

/// Why a transaction was not opened.
package enum TransactionTableFull: Error, Sendable, Hashable {
    /// There is no room for anybody's.
    case table
    /// The actor has as many open as one may have.
    case principal
}
