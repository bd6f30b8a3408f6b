import Synchronization

/// The bounded queue between one event loop and the writer: the only place where a request's path leaves its loop.
package final class AuditQueue: Sendable {
    /// Told whether what depends on the record may go on.
    package typealias Answer = @Sendable (Bool) -> Void

    struct Entry: Sendable {
        let record: AuditRecord
        let microseconds: Int64
        /// Of whoever waits for the record to be on the disk.
        var answer: Answer?
    }

    private struct State {
        var entries: [Entry] = []
        /// Of those whose records were not taken: as many as there are requests under way, at most.
        var refused: [Answer] = []
        var dropped = 0
        var isClosed = false
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
    package func offer(_ record: AuditRecord, microseconds: Int64) -> Bool {
        let taken = state.withLock { take(Entry(record: record, microseconds: microseconds), &$0) }
        if taken { bell.ring() }
        return taken || mode == .bestEffort
    }

    /// Has the record written and synced, together with all others that wait, before `done(true)`.
    ///
    /// `done(false)` means that this cannot be promised, so that what the record announces must not be done; the record
    /// may be found in the file all the same. In best effort the answer is always `true`, and losses are counted.
    ///
    /// - Parameter done: called exactly once, on the writer's thread; where the log is closed, on this one.
    package func offerDurably(_ record: AuditRecord, microseconds: Int64, done: @escaping Answer) {
        let hasWriter = state.withLock { state in
            let entry = Entry(record: record, microseconds: microseconds, answer: done)
            if !take(entry, &state), !state.isClosed { state.refused.append(done) }
            return !state.isClosed
        }
        if hasWriter { bell.ring() } else { done(mode == .bestEffort) }
    }

    private func take(_ entry: Entry, _ state: inout State) -> Bool {
        // A flood without tokens must not take the room that callers' records need: without it they would get 503.
        let room = entry.record.isOfNobody ? (capacity + 1) / 2 : capacity
        guard !state.isClosed, bell.sinkIsHealthy || mode == .bestEffort, state.entries.count < room else {
            state.dropped += 1
            return false
        }
        state.entries.append(entry)
        return true
    }

    package var depth: Int { state.withLock { $0.entries.count } }
    /// Records that were not taken since the start.
    package var dropped: Int { state.withLock { $0.dropped } }
}

/// What the writer does with a queue.
extension AuditQueue {
    /// Everything that waits, in order, leaving the queue empty.
    func drain() -> [Entry] {
        state.withLock { state in
            let entries = state.entries
            state.entries = []
            return entries
        }
    }

    /// Those who can be answered before anything is written: who was refused and, while the sink fails, everybody.
    func release(sinkFails: Bool) -> [Answer] {
        state.withLock { state in
            var answers = state.refused
            state.refused = []
            guard sinkFails else { return answers }
            for index in state.entries.indices {
                if let answer = state.entries[index].answer.take() { answers.append(answer) }
            }
            return answers
        }
    }

    /// Takes nothing more, if nothing waits.
    func closeIfEmpty() -> Bool {
        state.withLock { state in
            guard state.entries.isEmpty, state.refused.isEmpty else { return false }
            state.isClosed = true
            return true
        }
    }

    /// Takes nothing more, and gives up what waits.
    func abandon() -> (records: Int, answers: [Answer]) {
        state.withLock { state in
            let answers = state.refused + state.entries.compactMap(\.answer)
            defer {
                state.entries = []
                state.refused = []
                state.isClosed = true
            }
            return (state.entries.count, answers)
        }
    }
}

/// What happens to requests whose records cannot be written.
package enum AuditMode: Sendable {
    /// They are refused.
    case required
    /// They are made, and the loss is counted.
    case bestEffort
}
