import Foundation
import Synchronization

/// Wakes the writer, once per burst, and tells the queues whether the sink takes records.
final class AuditBell: Sendable {
    private let condition = NSCondition()
    private let rung = Mutex(false)
    private let healthy = Atomic<Bool>(true)

    var sinkIsHealthy: Bool {
        get { healthy.load(ordering: .acquiring) }
        set { healthy.store(newValue, ordering: .releasing) }
    }

    /// Cheap when the bell rings already.
    func ring() {
        let first = rung.withLock { rung in
            defer { rung = true }
            return !rung
        }
        guard first else { return }
        condition.lock()
        condition.signal()
        condition.unlock()
    }

    /// Waits until the bell rings, at most `seconds`, and silences it.
    func wait(seconds: Double) {
        condition.lock()
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !rung.withLock({ $0 }) {
            if !condition.wait(until: deadline) { break }
        }
        condition.unlock()
        rung.withLock { $0 = false }
    }
}
