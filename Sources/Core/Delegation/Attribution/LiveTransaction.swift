import Admission
import Identity
import StrictCoding

/// A transaction to which calls can belong, with what its calls have used of it.
struct LiveTransaction: Sendable {
    let transaction: Transaction
    /// Where the table keeps what its actor has.
    let owner: Int
    var calls = 0
    var concurrentCalls = 0
    /// When its grace is over, in milliseconds; `nil` while its request is being worked on.
    var graceEnds: Int64?
    /// No later than the transaction's own.
    private(set) var deadline: UnixTime
    /// Whether its client left, and may come back.
    private(set) var isAbandoned = false

    init(_ transaction: Transaction, owner: Int) {
        self.transaction = transaction
        self.owner = owner
        deadline = transaction.deadline
    }

    /// Whether the client comes back, and when its server is done, is known to nobody here: with the envelope ends what
    /// its server was given for it.
    mutating func abandon() {
        isAbandoned = true
        deadline = min(deadline, transaction.statement.claims.expiresAt)
    }

    func isOver(now: Int64) -> Bool {
        if let graceEnds, graceEnds <= now { return true }
        return deadline.milliseconds <= now
    }
}

/// What is kept of a transaction that is over: as much as tells its late calls from calls of none.
struct ClosedTransaction: Sendable {
    let id: ByteString
    let tokenID: ByteString
    let server: ByteString
    let instance: ByteString?
    let handle: ByteString?
    /// When nothing that names it could be valid any more even if it were open.
    let forgotten: Int64

    init(_ transaction: Transaction) {
        id = transaction.id
        tokenID = transaction.statement.claims.tokenID
        server = transaction.server
        instance = transaction.instance
        handle = transaction.handle.map { ByteString($0) }
        let envelopeEnds = transaction.statement.claims.expiresAt.milliseconds
        forgotten =
            handle == nil && instance == nil
            ? envelopeEnds : max(envelopeEnds, transaction.deadline.milliseconds)
    }
}

/// The transactions of one launched instance, by their places in the table.
struct InstanceTransactions: Sendable {
    var open: [Int] = []
    var inGrace: [Int] = []
    var closed = 0

    var isEmpty: Bool { open.isEmpty && inGrace.isEmpty && closed == 0 }
}

/// Whose room a transaction takes: one actor's, through however many clients and agents it comes.
struct TransactionOwner: Sendable, Hashable {
    private let issuer: ByteString
    private let tenant: ByteString
    private let subject: ByteString

    init(_ principal: Principal) {
        issuer = principal.issuer
        tenant = principal.tenant
        subject = principal.subject
    }
}

/// How many an actor has.
struct OwnedTransactions: Sendable {
    let owner: TransactionOwner
    var open = 0
    var inGrace = 0
    /// Those of the open ones whose clients left, in this order.
    var abandoned = SlotList()

    var isEmpty: Bool { open == 0 && inGrace == 0 }
}

extension UnixTime {
    /// The end of time where a time has no number of milliseconds.
    fileprivate var milliseconds: Int64 {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        return overflow ? (seconds < 0 ? .min : .max) : product
    }
}
