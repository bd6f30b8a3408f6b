import Synchronization

/// How many connections the listeners of one set may have open together: the one number that loops share, touched when
/// a connection opens and closes and never by a request.
package final class ConnectionBudget: Sendable {
    private let limit: Int
    private let taken = Atomic<Int>(0)

    package init(limit: Int) {
        self.limit = limit
    }

    /// Takes one of the connections, if any is left.
    func take() -> Bool {
        guard taken.add(1, ordering: .relaxed).newValue <= limit else {
            give()
            return false
        }
        return true
    }

    func give() {
        taken.subtract(1, ordering: .relaxed)
    }
}
