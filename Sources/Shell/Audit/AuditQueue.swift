package import Admission
import Synchronization

/// The bounded queue between one event loop and the writer: the only place where a request's path leaves its loop.
package final class AuditQueue: Sendable {
    package struct Entry: Sendable {
        package let record: IngressRecord
        package let microseconds: Int64
    }

    private struct State {
        var entries: [Entry] = []
        var dropped = 0
    }

    private let capacity: Int
    private let state = Mutex(State())
    private let bell: AuditBell
    private let mode: AuditMode

    init(capacity: Int, mode: AuditMode, bell: AuditBell) {
        self.capacity = capacity
        self.mode = mode
        self.bell = bell
    }

    /// Whether the record will be written. `false` means that the request must not be made (unless best effort was
    /// asked for).
    package func offer(_ record: IngressRecord, microseconds: Int64) -> Bool {
        let healthy = bell.sinkIsHealthy
        // A flood without tokens must not take the room that callers' records need: without it they would get 503.
        let room = record.isOfNobody ? (capacity + 1) / 2 : capacity
        let taken = state.withLock { state in
            guard healthy || mode == .bestEffort, state.entries.count < room else {
                state.dropped += 1
                return false
            }
            state.entries.append(Entry(record: record, microseconds: microseconds))
            return true
        }
        if taken { bell.ring() }
        return taken || mode == .bestEffort
    }

    /// Everything that waits, in order, leaving the queue empty.
    func drain() -> [Entry] {
        state.withLock { state in
            let entries = state.entries
            state.entries = []
            return entries
        }
    }

    package var depth: Int { state.withLock { $0.entries.count } }
    /// Records that were not taken since the start.
    package var dropped: Int { state.withLock { $0.dropped } }
}

/// What happens to requests whose records cannot be written.
package enum AuditMode: Sendable {
    /// They are refused.
    case required
    /// They are made, and the loss is counted.
    case bestEffort
}
