import Foundation
import Synchronization

/// The writer's thread: takes what the queues hold, appends it, syncs where somebody waits for that, and answers.
///
/// One sync serves all who wait when it begins, and whoever comes meanwhile is served by the next: nobody waits for
/// company.
struct AuditWriter {
    private var ledger: Ledger
    private let queues: [AuditQueue]
    private let bell: AuditBell
    private let tally: AuditTally
    private let now: () -> Int64
    private let report: (AuditReport) -> Void

    private var batch: AuditBatch
    /// Lost records that the log does not speak of yet.
    private var lost = AuditLoss()
    /// Strangers do not fill the log by having it told of them: so often, and at the end.
    private var nextTelling = ContinuousClock.now
    private var isEnding = false
    private var nextTry = ContinuousClock.now
    private var idleNaps = 0

    /// How often writing is tried while the log is being closed, with a tenth of a second in between.
    private static let lastTries = 20
    private static let nap = Duration.milliseconds(2)
    /// Then it sleeps until it is woken.
    private static let mostIdleNaps = 8

    init(
        _ ledger: Ledger, queues: [AuditQueue], bell: AuditBell, tally: AuditTally, now: @escaping () -> Int64,
        report: @escaping (AuditReport) -> Void
    ) {
        self.ledger = ledger
        self.queues = queues
        self.bell = bell
        self.tally = tally
        self.now = now
        self.report = report
        batch = AuditBatch(queues: queues.count)
    }

    /// Works until it is to stop and everything is written, or cannot be.
    mutating func run(until stops: () -> Bool) {
        var triesLeft = Self.lastTries
        while true {
            let ending = stops()
            if ending || bell.sinkIsHealthy || ContinuousClock.now >= nextTry { commit() }
            releaseWaiting()
            if !ending {
                rest(until: stops)
            } else if bell.sinkIsHealthy {
                if queues.allSatisfy({ $0.closeIfEmpty() }) { break }
            } else {
                triesLeft -= 1
                guard triesLeft > 0 else { break }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
        end()
        abandonRest()
    }

    private mutating func rest(until stops: () -> Bool) {
        let isNap = bell.sinkIsHealthy && idleNaps < Self.mostIdleNaps
        idleNaps += 1
        let longest = bell.sinkIsHealthy ? ledger.checkpointWait ?? .seconds(1) : nextTry - .now
        let wait = isNap ? Self.nap : max(Self.nap, min(.seconds(1), longest))
        bell.wait(wait, isNap: isNap) {
            // While the sink fails there is nothing to be done for a record, but for those who wait for one.
            stops()
                || queues.contains { isNap ? $0.isUrgent : bell.sinkIsHealthy ? !$0.isEmpty : $0.isAwaited }
        }
    }

    // MARK: - Work

    private mutating func commit() {
        var failure = ledger.needsReplay ? replay() : nil
        if failure == nil { failure = keepHouse() }
        if batch.isEmpty { batch.take(from: queues) }
        for queue in queues { lost += queue.takeLost() }
        let isAwaited = batch.isAwaited
        let answers = batch.release()
        if failure == nil { failure = write() }
        if failure == nil, isAwaited { failure = sync() }
        if failure == nil { failure = keepCheckpoint() }
        note(failure)
        for (queue, answers) in zip(queues, answers) { queue.tell(answers, isDurable: failure == nil) }
    }

    private mutating func write() -> Int32? {
        let told = lost.isUrgent || isEnding || ContinuousClock.now >= nextTelling ? lost : AuditLoss()
        guard !batch.isEmpty || !told.isEmpty || ledger.hasNotes else { return nil }
        idleNaps = 0
        let (size, length) = (ledger.chain.size, ledger.length)
        if let failure = ledger.write(batch, lost: told, now: now()) { return failure }
        tally.written.add(batch.count, ordering: .relaxed)
        tally.lines.add(ledger.chain.size - size, ordering: .relaxed)
        tally.bytes.add(ledger.length - length, ordering: .relaxed)
        batch.clear()
        guard !told.isEmpty else { return nil }
        tell(lost: told.records)
        lost = AuditLoss()
        nextTelling = .now + .seconds(1)
        bell.hasLostResult = false
        return nil
    }

    private mutating func sync() -> Int32? {
        let start = ContinuousClock.now
        defer {
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            tally.syncs.add(1, ordering: .relaxed)
            tally.syncMicroseconds.add(
                Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000), ordering: .relaxed)
        }
        return ledger.sync()
    }

    private mutating func replay() -> Int32? {
        let (failure, gone) = ledger.replay()
        if gone > 0 { tell(lost: gone) }
        return failure
    }

    private func tell(lost records: Int) {
        tally.stated.add(records, ordering: .relaxed)
        report(.lost(records: records))
    }

    /// Tells the queues, and whoever reports, when this works otherwise than before.
    private mutating func note(_ failure: Int32?) {
        if failure != nil {
            tally.failures.add(1, ordering: .relaxed)
            nextTry = .now + .seconds(1)
        }
        guard (failure == nil) != bell.sinkIsHealthy else { return }
        bell.sinkIsHealthy = failure == nil
        report(failure.map { .failing(errno: $0) } ?? .healthy)
    }

    // MARK: - Segments and checkpoints

    /// The next segment, where it is time. That there is none loses nothing.
    private mutating func keepHouse() -> Int32? {
        guard batch.isEmpty, ledger.needsRotation(now: now()) else { return nil }
        if let failure = ledger.isSynced ? nil : sync() { return failure }
        checkpoint()
        let failure = ledger.rotate(now: now())
        tell(failure, \.rotationFails, { .rotationFailing(errno: $0) })
        guard failure == nil else { return nil }
        tally.segments.add(1, ordering: .relaxed)
        report(.rotated(first: ledger.chain.size))
        return nil
    }

    /// - Returns: why the records that it is to cover are not on the disk.
    private mutating func keepCheckpoint() -> Int32? {
        guard ledger.needsCheckpoint else { return nil }
        if let failure = ledger.isSynced ? nil : sync() { return failure }
        checkpoint()
        return nil
    }

    private mutating func checkpoint() {
        let failure = ledger.makeCheckpoint()
        tell(failure, \.checkpointFails, { .checkpointFailing(errno: $0) })
    }

    /// Says that something begins to fail, once.
    private func tell(_ failure: Int32?, _ flag: KeyPath<AuditTally, AuditFlag>, _ text: (Int32) -> AuditReport) {
        if tally[keyPath: flag].set(failure != nil), let failure { report(text(failure)) }
    }

    // MARK: - The end

    /// The last word, where it can be written, and a checkpoint over it.
    private mutating func end() {
        guard bell.sinkIsHealthy, batch.isEmpty else { return }
        ledger.add(.stopped)
        isEnding = true
        for queue in queues { lost += queue.takeLost() }
        guard write() == nil, sync() == nil else { return }
        checkpoint()
        _ = ledger.syncCheckpoints()
    }

    /// Nobody waits for a sink that fails.
    private func releaseWaiting() {
        guard !bell.sinkIsHealthy else { return }
        for queue in queues { queue.tell(queue.release(), isDurable: false) }
    }

    private mutating func abandonRest() {
        var records = batch.count
        for (queue, answers) in zip(queues, batch.release()) { queue.tell(answers, isDurable: false) }
        for queue in queues {
            let rest = queue.abandon()
            records += rest.records
            queue.tell(rest.answers, isDurable: false)
        }
        tally.lost.store(records, ordering: .releasing)
    }
}
