import Dispatch
import Synchronization

/// Wakes the writer where it has to be woken, and tells the queues whether the sink takes records.
///
/// The writer looks by itself every few milliseconds while there is work. A wake-up costs the event loop that causes it
/// more than all else that it does for a record, so that only those who wait for one cause it then.
final class AuditBell: Sendable {
    private enum State {
        static let awake = 0
        /// Looks again soon.
        static let napping = 1
        /// Looks again when it is woken.
        static let asleep = 2
    }

    private let state = Atomic<Int>(State.awake)
    private let wakeUps = DispatchSemaphore(value: 0)
    private let healthy = Atomic<Bool>(true)
    private let lostResult = Atomic<Bool>(false)

    var sinkIsHealthy: Bool {
        get { healthy.load(ordering: .acquiring) }
        set { healthy.store(newValue, ordering: .releasing) }
    }

    /// Whether a result is missing, and the log does not say so yet.
    var hasLostResult: Bool {
        get { lostResult.load(ordering: .acquiring) }
        set { lostResult.store(newValue, ordering: .releasing) }
    }

    /// To be called after the queue was changed. Cheap when nobody has to be woken.
    ///
    /// - Parameter isUrgent: whether a nap is too long to wait for.
    func ring(isUrgent: Bool) {
        let found = state.load(ordering: .sequentiallyConsistent)
        guard found == State.asleep || isUrgent && found == State.napping else { return }
        let (isMine, _) = state.compareExchange(
            expected: found, desired: State.awake, ordering: .sequentiallyConsistent)
        if isMine { wakeUps.signal() }
    }

    /// Waits until it is time, or somebody rings whom it concerns.
    ///
    /// - Parameters:
    ///   - isNap: whether only what is urgent ends it.
    ///   - hasWork: what may have come in since the last look.
    func wait(_ duration: Duration, isNap: Bool, unless hasWork: () -> Bool) {
        // The other order would let a ring in between go unheard.
        state.store(isNap ? State.napping : State.asleep, ordering: .sequentiallyConsistent)
        let (seconds, attoseconds) = duration.components
        let nanoseconds = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        if !hasWork(), wakeUps.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success { return }
        // Who changed it meanwhile has signalled, or is about to.
        if state.exchange(State.awake, ordering: .sequentiallyConsistent) == State.awake { wakeUps.wait() }
    }
}
