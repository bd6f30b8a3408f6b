import Foundation
import Synchronization

/// The audit log: a queue for each event loop, and one thread that writes what they hold.
///
/// Records are taken before their requests are forwarded and are in the file within milliseconds; who needs more waits
/// until they are on the disk. When the file cannot be written or synced, queues stop taking records, so that in
/// `required` mode requests are refused; it is tried again every second, and nothing that was taken is lost but by a
/// crash, or by an end while the file still cannot be written.
package final class AuditLog: Sendable {
    package let queues: [AuditQueue]
    private let bell = AuditBell()
    private let tally = AuditTally()
    private let stopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - loops: how many queues to make.
    ///   - capacity: records that one queue holds while the writer is behind.
    ///   - report: told, on the writer's thread, when writing begins to fail and when it works again.
    package convenience init(
        path: String, loops: Int, capacity: Int, mode: AuditMode,
        report: @escaping @Sendable (AuditHealth) -> Void = { _ in }
    ) throws(AuditFailure) {
        let file = try AuditFile(path: path)
        self.init(AuditSink(file), loops: loops, capacity: capacity, mode: mode, report: report)
    }

    init(
        _ sink: AuditSink, loops: Int, capacity: Int, mode: AuditMode,
        report: @escaping @Sendable (AuditHealth) -> Void = { _ in }
    ) {
        let bell = bell
        queues = (0..<loops).map { _ in AuditQueue(capacity: capacity, mode: mode, bell: bell) }
        let writer = AuditWriter(sink: sink, queues: queues, bell: bell, mode: mode, tally: tally, report: report)
        nonisolated(unsafe) let confined = writer  // handed to the one thread that uses it
        let thread = Thread { [self] in
            var writer = confined
            writer.run { stopping.load(ordering: .acquiring) }
            finished.signal()
        }
        thread.name = "bulla-audit"
        thread.start()
    }

    /// Whether records are being taken.
    package var isHealthy: Bool { bell.sinkIsHealthy }
    package var recordsWritten: Int { tally.written.load(ordering: .relaxed) }
    /// Attempts to write, or to sync, that failed.
    package var writeFailures: Int { tally.failures.load(ordering: .relaxed) }

    /// Writes what the queues still hold, syncs the file, lets go of it and ends the writer; what is offered from then
    /// on is not taken. Blocks for as long as that takes: seconds, where the file cannot be written.
    ///
    /// - Returns: how many records that were taken could not be written.
    @discardableResult
    package func close() -> Int {
        stopping.store(true, ordering: .releasing)
        bell.ring()
        finished.wait()
        return tally.lost.load(ordering: .acquiring)
    }
}
