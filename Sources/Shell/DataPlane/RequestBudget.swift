import Synchronization

/// How many requests the loops of one process may work on together.
package final class RequestBudget: Sendable {
    private let limit: Atomic<Int>
    private let taken = Atomic<Int>(0)

    package init(limit: Int = .max) {
        self.limit = Atomic(limit)
    }

    /// Requests being worked on.
    package var active: Int { taken.load(ordering: .relaxed) }

    /// A new policy may say another number; requests under way stay, even where they are more.
    func allow(_ limit: Int) {
        self.limit.store(limit, ordering: .relaxed)
    }

    func take() -> Bool {
        guard taken.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) else {
            give()
            return false
        }
        return true
    }

    func give() {
        taken.subtract(1, ordering: .relaxed)
    }
}
