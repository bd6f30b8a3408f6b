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
        /// How many of them somebody waits for.
        var awaited = 0
        var dropped = 0
        /// Of those that were not taken: what happened all the same, and is not on record as lost yet.
        var lost = AuditLoss()
        var isClosed = false
    }

    /// Runs something where answers are wanted.
    package typealias Delivery = @Sendable (@escaping @Sendable () -> Void) -> Void

    /// In a struct of its own: a function that stands in a generic place itself comes out of it wrapped, and is put
    /// back wrapped, once more each time that somebody looks.
    private struct Courier {
        let deliver: Delivery
    }

    private let capacity: Int
    private let state = Mutex(State())
    private let courier = Mutex<Courier?>(nil)
    private let bell: AuditBell
    private let mode: AuditMode

    init(capacity: Int, mode: AuditMode, bell: AuditBell) {
        self.capacity = capacity
        self.mode = mode
        self.bell = bell
    }

    /// Answers are given by `deliver` from now on, all that are ready at a time by one call, so that an event loop is
    /// woken once for many; without it, on the writer's thread.
    package func answer(by deliver: @escaping Delivery) {
        courier.withLock { $0 = Courier(deliver: deliver) }
    }

    /// Whether the record will be written. `false` means that the request must not be made (unless best effort was
    /// asked for).
    package func offer(_ record: AuditRecord, microseconds: Int64) -> Bool {
        let (taken, isUrgent) = state.withLock { state in
            let taken = take(Entry(record: record, microseconds: microseconds), &state)
            return (taken, needsHurry(state))
        }
        if taken { bell.ring(isUrgent: isUrgent) }
        return taken || mode == .bestEffort
    }

    /// Has the record written and synced, together with all others that wait, before `done(true)`.
    ///
    /// `done(false)` means that this cannot be promised, so that what the record announces must not be done. In best
    /// effort the answer is always `true`, and losses are counted.
    ///
    /// - Parameter done: called exactly once: before this returns where the record is not taken, and otherwise where
    ///   answers are given. What was taken is written as soon as it can be, whatever the answer.
    package func offerDurably(_ record: AuditRecord, microseconds: Int64, done: @escaping Answer) {
        let entry = Entry(record: record, microseconds: microseconds, answer: done)
        let isTaken = state.withLock { take(entry, &$0) }
        if isTaken { bell.ring(isUrgent: true) } else { done(mode == .bestEffort) }
    }

    private func take(_ entry: Entry, _ state: inout State) -> Bool {
        guard !state.isClosed, state.entries.count < room(for: entry.record), admits(entry.record) else {
            state.dropped += 1
            // What is not let in because of it did not happen; refusals did, and so did what has a result.
            if entry.record.isOfNobody {
                state.lost += AuditLoss(records: 1, strangers: 1)
            } else if mode == .bestEffort || entry.record.isResult {
                state.lost += AuditLoss(records: 1)
                if mode == .required { bell.hasLostResult = true }
            } else if entry.record.isRefusal {
                state.lost += AuditLoss(records: 1)
            }
            return false
        }
        if entry.answer != nil { state.awaited += 1 }
        state.entries.append(entry)
        return true
    }

    private func room(for record: AuditRecord) -> Int {
        // A flood without tokens must not take the room that callers' records need: without it they would get 503.
        if record.isOfNobody { return (capacity + 1) / 2 }
        // There are no more results than there were intents.
        return record.isResult ? 2 * capacity : capacity
    }

    /// While the sink fails, or a result was lost, nothing new begins; what has begun is kept as long as there is room.
    private func admits(_ record: AuditRecord) -> Bool {
        mode == .bestEffort || record.isResult || bell.sinkIsHealthy && !bell.hasLostResult
    }

    /// Whether the writer is to look now and not when it would.
    private func needsHurry(_ state: State) -> Bool {
        state.awaited > 0 || state.entries.count * 2 >= capacity
    }

    package var depth: Int { state.withLock { $0.entries.count } }
    /// Records that were not taken since the start.
    package var dropped: Int { state.withLock { $0.dropped } }
}

/// What the writer does with a queue.
extension AuditQueue {
    var isUrgent: Bool { state.withLock { needsHurry($0) } }
    var isEmpty: Bool { state.withLock { $0.entries.isEmpty } }
    var isAwaited: Bool { state.withLock { $0.awaited > 0 } }

    /// Everything that waits, in order, leaving the queue empty. `entries` must be empty; its storage is used next.
    func drain(into entries: inout [Entry]) {
        state.withLock { state in
            swap(&state.entries, &entries)
            state.awaited = 0
        }
    }

    /// How much was lost since this was last asked.
    func takeLost() -> AuditLoss {
        state.withLock { state in
            defer { state.lost = AuditLoss() }
            return state.lost
        }
    }

    func tell(_ answers: [Answer], isDurable: Bool) {
        guard !answers.isEmpty else { return }
        let answer = isDurable || mode == .bestEffort
        guard let courier = courier.withLock({ $0 }) else {
            for done in answers { done(answer) }
            return
        }
        courier.deliver {
            for done in answers { done(answer) }
        }
    }

    /// All who wait, who from now on do not; their records stay.
    func release() -> [Answer] {
        state.withLock { state in
            guard state.awaited > 0 else { return [] }
            state.awaited = 0
            return state.entries.indices.compactMap { state.entries[$0].answer.take() }
        }
    }

    /// Takes nothing more, if nothing waits.
    func closeIfEmpty() -> Bool {
        state.withLock { state in
            guard state.entries.isEmpty else { return false }
            state.isClosed = true
            return true
        }
    }

    /// Takes nothing more, and gives up what waits.
    func abandon() -> (records: Int, answers: [Answer]) {
        state.withLock { state in
            let answers = state.entries.compactMap(\.answer)
            defer {
                state.entries = []
                state.isClosed = true
            }
            return (state.entries.count, answers)
        }
    }
}
