import Admission
import Foundation
import Synchronization

/// The audit log: a queue for each event loop, and one thread that writes what they hold.
///
/// Records are taken before their requests are forwarded and are in the file within milliseconds. When the file cannot
/// be written, queues stop taking records, so that in `required` mode requests are refused; writing is tried again
/// every second, and nothing that was taken is lost but by a crash, or by an end while the file still cannot be
/// written.
package final class AuditLog: Sendable {
    package let queues: [AuditQueue]
    private let bell = AuditBell()
    private let stopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)
    private let written = Atomic<Int>(0)
    private let failures = Atomic<Int>(0)
    private let lost = Atomic<Int>(0)
    private let report: @Sendable (AuditHealth) -> Void

    /// How often writing is tried while the log is being closed, with a tenth of a second in between.
    private static let lastTries = 20

    /// - Parameters:
    ///   - loops: how many queues to make.
    ///   - capacity: records that one queue holds while the writer is behind.
    ///   - report: told, on the writer's thread, when writing begins to fail and when it works again.
    package init(
        path: String, loops: Int, capacity: Int, mode: AuditMode,
        report: @escaping @Sendable (AuditHealth) -> Void = { _ in }
    ) throws(AuditFailure) {
        self.report = report
        let bell = bell
        queues = (0..<loops).map { _ in AuditQueue(capacity: capacity, mode: mode, bell: bell) }
        let file = try AuditFile(path: path)
        nonisolated(unsafe) let confined = file  // handed to the one thread that uses it
        let thread = Thread { [self] in write(to: confined) }
        thread.name = "bulla-audit"
        thread.start()
    }

    /// Whether records are being taken.
    package var isHealthy: Bool { bell.sinkIsHealthy }
    package var recordsWritten: Int { written.load(ordering: .relaxed) }
    package var writeFailures: Int { failures.load(ordering: .relaxed) }

    /// Writes what the queues still hold, syncs the file, lets go of it and ends the writer. Blocks for as long as that
    /// takes: seconds, where the file cannot be written.
    ///
    /// - Returns: how many records that were taken could not be written.
    @discardableResult
    package func close() -> Int {
        stopping.store(true, ordering: .releasing)
        bell.ring()
        finished.wait()
        return lost.load(ordering: .acquiring)
    }

    private func write(to file: AuditFile) {
        var batch = Batch()
        var triesLeft = Self.lastTries
        while true {
            let ending = stopping.load(ordering: .acquiring)
            // What could not be written is tried again before anything new is taken, so that memory stays bounded.
            if batch.lines.isEmpty { batch.take(from: queues) }
            if !batch.lines.isEmpty {
                let success = append(batch.lines, to: file)
                if success {
                    written.add(batch.records, ordering: .relaxed)
                    batch = Batch()
                } else {
                    failures.add(1, ordering: .relaxed)
                }
            }
            if !ending {
                bell.wait(seconds: 1)
            } else if batch.lines.isEmpty {
                if queues.allSatisfy({ $0.depth == 0 }) { break }
            } else {
                triesLeft -= 1
                guard triesLeft > 0 else { break }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
        lost.store(batch.records + queues.reduce(0) { $0 + $1.depth }, ordering: .releasing)
        file.finish()
        finished.signal()
    }

    /// Tells the queues, and whoever reports, when this works otherwise than before.
    private func append(_ lines: [UInt8], to file: AuditFile) -> Bool {
        let failure = file.append(lines)
        if (failure == nil) != bell.sinkIsHealthy {
            bell.sinkIsHealthy = failure == nil
            report(failure.map { .failing(errno: $0) } ?? .healthy)
        }
        return failure == nil
    }

    /// Records on their way to the file, as lines.
    private struct Batch {
        var lines: [UInt8] = []
        var records = 0

        mutating func take(from queues: [AuditQueue]) {
            for queue in queues {
                for entry in queue.drain() {
                    lines += AuditLine.bytes(entry.record, microseconds: entry.microseconds)
                    lines.append(0x0A)
                    records += 1
                }
            }
        }
    }
}

/// Whether the audit file takes records.
package enum AuditHealth: Sendable, Equatable {
    case healthy
    case failing(errno: Int32)
}
