import AuditProof
import Crypto
import Foundation
import Identity
import StrictCoding
import Synchronization

/// The audit log: a queue for each event loop, and one thread that writes what they hold as a ledger that can be proved.
///
/// Records are taken before their requests are forwarded and are in the file within milliseconds; who needs more waits
/// until they are on the disk. When the file cannot be written or synced, queues stop taking records, so that in
/// `required` mode requests are refused; it is tried again every second, and nothing that was taken is lost but by a
/// crash, or by an end while the file still cannot be written.
package final class AuditLog: Sendable {
    package let queues: [AuditQueue]
    /// What the log says of itself.
    package let description: LogDescription
    private let bell = AuditBell()
    private let tally = AuditTally()
    private let shelf = CheckpointShelf()
    private let stopping = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)

    /// Verifies what is there, and goes on with it.
    ///
    /// - Parameters:
    ///   - loops: how many queues to make.
    ///   - capacity: records that one queue holds while the writer is behind.
    ///   - now: microseconds since 1970, for what the log says itself; without it, the system's.
    ///   - report: told, on the writer's thread, what happens to the log.
    package convenience init(
        _ settings: AuditLogSettings, loops: Int, capacity: Int, now: (@Sendable () -> Int64)? = nil,
        report: @escaping @Sendable (AuditReport) -> Void = { _ in }
    ) throws(AuditFailure) {
        try self.init(
            settings, loops: loops, capacity: capacity, calls: FileCalls(), now: now ?? Self.clock, report: report)
    }

    init(
        _ settings: AuditLogSettings, loops: Int, capacity: Int, calls: FileCalls,
        now: @escaping @Sendable () -> Int64, report: @escaping @Sendable (AuditReport) -> Void
    ) throws(AuditFailure) {
        // A limit of the file size (RLIMIT_FSIZE) shall fail the write, not end the process.
        signal(SIGXFSZ, SIG_IGN)
        guard let paths = LogPaths(live: settings.path) else {
            throw .cannotOpen(path: settings.path, errno: EISDIR)
        }
        let lock = try LogLock(paths)
        let run = Self.identifier(now())
        let recovery = try Recovery(
            paths, settings, freshOrigin: ByteString(settings.host.bytes + "/audit/".utf8 + run.bytes), now: now(),
            calls: calls)
        let signer: NoteSigner
        do {
            guard let key = try settings.key ?? settings.makeKey?() else { throw AuditFailure.key("there is none") }
            signer = try NoteSigner(name: recovery.origin, key: key)
        } catch let failure as AuditFailure {
            throw failure
        } catch {
            throw .key("\(error)")
        }
        description = LogDescription(
            origin: recovery.origin, vkey: signer.vkey, mode: settings.mode, ingress: settings.ingress,
            version: settings.version, policyHash: settings.policyHash, instance: run)
        let bell = bell
        queues = (0..<loops).map { _ in AuditQueue(capacity: capacity, mode: settings.mode, bell: bell) }
        for case .recovered(_, let length, let file) in recovery.notes {
            report(.recovered(file: file.string, bytes: length))
        }
        let ledger = Ledger(
            recovery, description, signer, settings, paths, lock: lock, shelf: shelf, calls: calls)
        let writer = AuditWriter(ledger, queues: queues, bell: bell, tally: tally, now: now, report: report)
        nonisolated(unsafe) var confined: AuditWriter? = writer  // handed to the one thread that uses it
        let thread = Thread { [self] in
            confined?.run { stopping.load(ordering: .acquiring) }
            // Lets go of the files before whoever waits goes on.
            confined = nil
            finished.signal()
        }
        thread.name = "bulla-audit"
        thread.start()
    }

    // MARK: - State

    /// Whether records are being taken.
    package var isHealthy: Bool { bell.sinkIsHealthy && !bell.hasLostResult }

    /// What does not work, in short sentences; empty where all does.
    package var problems: [String] {
        var problems: [String] = []
        if !isHealthy { problems.append("the audit log cannot be written") }
        if tally.rotationFails.isSet { problems.append("the audit log cannot begin its next file") }
        if tally.checkpointFails.isSet { problems.append("audit checkpoints cannot be kept") }
        return problems
    }

    package var recordsWritten: Int { tally.written.load(ordering: .relaxed) }
    /// Attempts to write, or to sync, that failed.
    package var writeFailures: Int { tally.failures.load(ordering: .relaxed) }

    package var counters: AuditCounters {
        let last = shelf.last
        return AuditCounters(
            records: recordsWritten, lines: tally.lines.load(ordering: .relaxed),
            bytes: tally.bytes.load(ordering: .relaxed), segments: tally.segments.load(ordering: .relaxed),
            syncs: tally.syncs.load(ordering: .relaxed),
            syncSeconds: Double(tally.syncMicroseconds.load(ordering: .relaxed)) / 1e6, failures: writeFailures,
            lost: tally.stated.load(ordering: .relaxed), checkpointSize: last?.size,
            checkpointAge: last.map { (ContinuousClock.now - $0.made) / .seconds(1) })
    }

    /// The last checkpoint of this run as a signed note; nil before the first.
    package var checkpoint: [UInt8]? { shelf.last?.note }

    // MARK: - Work

    /// Puts on record what the gateway did itself.
    package func note(_ note: LogNote) {
        _ = queues[0].offer(.note(note), microseconds: Self.clock())
    }

    /// Writes what the queues still hold, ends the log with a checkpoint, lets go of it and ends the writer; what is
    /// offered from then on is not taken. Blocks for as long as that takes: seconds, where the file cannot be written.
    ///
    /// - Returns: how many records that were taken could not be written.
    @discardableResult
    package func close() -> Int {
        stopping.store(true, ordering: .releasing)
        bell.ring(isUrgent: true)
        finished.wait()
        // Whoever closes twice does not wait for ever.
        finished.signal()
        return tally.lost.load(ordering: .acquiring)
    }

    private static let clock: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    private static func identifier(_ now: Int64) -> ByteString {
        ULID.make(milliseconds: min(max(0, now / 1_000), 1 << 48 - 1), random: SystemRandom.bytes(ULID.randomBytes))
    }
}
