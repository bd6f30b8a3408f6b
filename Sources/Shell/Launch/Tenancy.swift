/// A request's wish for its owner's instance. The ticket is also the name of the lease that comes of it.
struct Wish: Sendable {
    let ticket: Int
    let owner: InstanceOwner
    /// Whether it takes the instance's one slot.
    let isExclusive: Bool
    /// Milliseconds.
    let deadline: Int64
    /// Its instance ended while it waited, and it waits for a second one.
    var isSecondTry = false

    init(ticket: Int, owner: InstanceOwner, isExclusive: Bool, deadline: Int64) {
        self.ticket = ticket
        self.owner = owner
        self.isExclusive = isExclusive
        self.deadline = deadline
    }
}

/// What one owner has of the house: at most one process, from start to end, and a queue before it.
///
///     placeless ──▶ starting ──▶ running ──▶ ending ──▶ (gone)
///         ▲                         │           │
///         └── who waits gets another one ◀──────┘
struct Tenancy {
    enum Phase: Equatable {
        /// Waits until the house may run one process more.
        case placeless
        case starting(Int)
        case running(Int, since: Int64)
        /// Being ended; used by nobody any more.
        case ending(Int)
    }

    var phase = Phase.placeless
    /// The lease that has the slot.
    private(set) var slot: Int?
    /// Leases beside the slot.
    private(set) var shared: Set<Int> = []
    /// First come, first served.
    var queue: [Wish] = []
    /// Milliseconds.
    var lastUsed: Int64

    init(queue: [Wish] = [], now: Int64) {
        self.queue = queue
        lastUsed = now
    }

    /// The process, as long as there is one.
    var instance: Int? {
        switch phase {
        case .placeless: nil
        case .starting(let instance), .running(let instance, _), .ending(let instance): instance
        }
    }

    var isEnding: Bool {
        if case .ending = phase { true } else { false }
    }

    /// Whether its process may be ended for somebody else's: streams that are merely open do not keep it.
    var isEvictable: Bool {
        switch phase {
        case .starting, .running: slot == nil && queue.isEmpty
        case .placeless, .ending: false
        }
    }

    var isIdle: Bool {
        if case .running = phase { slot == nil && shared.isEmpty && queue.isEmpty } else { false }
    }

    /// Takes those out of the queue whose turn it is; the process runs.
    mutating func admit(now: Int64) -> [Wish] {
        var admitted: [Wish] = []
        var left: [Wish] = []
        for wish in queue {
            if !wish.isExclusive {
                shared.insert(wish.ticket)
            } else if slot == nil {
                slot = wish.ticket
            } else {
                left.append(wish)
                continue
            }
            admitted.append(wish)
        }
        queue = left
        if !admitted.isEmpty { lastUsed = now }
        return admitted
    }

    /// Whether the lease was one of this tenancy's.
    mutating func release(_ ticket: Int, now: Int64) -> Bool {
        if slot == ticket {
            slot = nil
        } else if shared.remove(ticket) == nil {
            return false
        }
        lastUsed = now
        return true
    }
}
