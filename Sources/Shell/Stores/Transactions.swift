package import Admission
package import Delegation
package import StrictCoding
import Synchronization

/// The process's table of transactions, for all event loops.
///
/// This is one of the few things that loops share: a server's outbound call comes in on whichever loop accepted its
/// connection, which is not the one on which the request that it belongs to is being forwarded. One lock is enough, and
/// shards would not do: a call is found by envelope, by handle or by instance, and an actor's room is counted over all
/// of them. It is held for a few microseconds, and never while anything waits.
package final class Transactions: Sendable {
    private let table: Mutex<TransactionTable>

    package init(limits: TransactionLimits) {
        table = Mutex(TransactionTable(limits: limits))
    }

    /// The request is about to be forwarded. Times are milliseconds since 1970.
    package func open(_ transaction: Transaction, now: Int64) throws(TransactionTableFull) {
        try table.withLock { table throws(TransactionTableFull) in try table.open(transaction, now: now) }
    }

    /// The request was answered, or given up.
    package func close(_ id: ByteString, now: Int64) {
        table.withLock { $0.close(id, now: now) }
    }

    /// The client left and may come back for the answer.
    package func abandon(_ id: ByteString, now: Int64) {
        table.withLock { $0.abandon(id, now: now) }
    }

    /// The launched instance is gone.
    package func closeAll(instance: ByteString) {
        table.withLock { $0.closeAll(instance: instance) }
    }

    /// A call begins; it is over when `end` is told so.
    package func begin(
        _ proofs: [TransactionProof], presenter: Presenter, now: Int64
    ) throws(AttributionRefusal) -> AttributedCall {
        try table.withLock { table throws(AttributionRefusal) in
            try table.begin(proofs, presenter: presenter, now: now)
        }
    }

    /// The transaction, open or in its grace, for which an envelope with this SHA-256 was minted here.
    package func transaction(forwardedAs digest: ByteString) -> Transaction? {
        table.withLock { $0.transaction(forwardedAs: digest) }
    }

    package func end(_ id: ByteString) {
        table.withLock { $0.end(id) }
    }

    /// Clears away what is over, so that a gateway at rest keeps no token longer than one that works. In steps, between
    /// which loops get the lock.
    package func sweep(now: Int64) {
        while table.withLock({ $0.sweep(now: now, atMost: 256) }) {}
    }

    package var counts: TransactionTable.Counts { table.withLock { $0.counts } }
}
