import Foundation
import Synchronization

/// The writer's thread: takes what the queues hold, appends it, syncs where somebody waits for that, and answers.
///
/// One sync serves all who wait when it begins, and whoever comes meanwhile is served by the next: nobody waits for
/// company.
struct AuditWriter {
    private let sink: AuditSink
    private let queues: [AuditQueue]
    private let bell: AuditBell
    private let mode: AuditMode
    private let tally: AuditTally
    private let report: (AuditHealth) -> Void

    private var batch = AuditBatch()
    /// After a sync that failed: only one that works shows that the disk takes records again.
    private var owesSync = false
    private var nextTry = ContinuousClock.now

    /// How often writing is tried while the log is being closed, with a tenth of a second in between.
    private static let lastTries = 20

    init(
        sink: AuditSink, queues: [AuditQueue], bell: AuditBell, mode: AuditMode, tally: AuditTally,
        report: @escaping (AuditHealth) -> Void
    ) {
        self.sink = sink
        self.queues = queues
        self.bell = bell
        self.mode = mode
        self.tally = tally
        self.report = report
    }

    /// Works until it is to stop and everything is written, or cannot be.
    mutating func run(until stops: () -> Bool) {
        var triesLeft = Self.lastTries
        while true {
            let ending = stops()
            if ending || bell.sinkIsHealthy || ContinuousClock.now >= nextTry { commit() }
            releaseWaiting()
            if !ending {
                bell.wait(seconds: 1)
            } else if bell.sinkIsHealthy {
                if queues.allSatisfy({ $0.closeIfEmpty() }) { break }
            } else {
                triesLeft -= 1
                guard triesLeft > 0 else { break }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
        abandonRest()
        sink.finish()
    }

    /// One append and, where somebody waits for it, one sync.
    private mutating func commit() {
        // What could not be written is tried again before anything new is taken, so that memory stays bounded.
        if batch.isEmpty { batch.take(from: queues) }
        guard !batch.isEmpty || owesSync else { return }
        var failure = batch.isEmpty ? nil : sink.append(batch.lines)
        let answers = batch.release()
        if failure == nil {
            tally.written.add(batch.records, ordering: .relaxed)
            batch = AuditBatch()
            if owesSync || !answers.isEmpty {
                failure = sink.sync()
                owesSync = failure != nil
            }
        }
        note(failure)
        tell(answers, isDurable: failure == nil)
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

    private func releaseWaiting() {
        for queue in queues { tell(queue.release(sinkFails: !bell.sinkIsHealthy), isDurable: false) }
    }

    private mutating func abandonRest() {
        var records = batch.records
        tell(batch.release(), isDurable: false)
        for queue in queues {
            let rest = queue.abandon()
            records += rest.records
            tell(rest.answers, isDurable: false)
        }
        tally.lost.store(records, ordering: .releasing)
    }

    private func tell(_ answers: [AuditQueue.Answer], isDurable: Bool) {
        for answer in answers { answer(isDurable || mode == .bestEffort) }
    }
}

/// What the writer has done so far, for others to read.
final class AuditTally: Sendable {
    let written = Atomic<Int>(0)
    /// Appends and syncs that failed.
    let failures = Atomic<Int>(0)
    /// Records that were taken and not written before the end.
    let lost = Atomic<Int>(0)
}

/// Whether the audit file takes records.
package enum AuditHealth: Sendable, Equatable {
    case healthy
    case failing(errno: Int32)
}
