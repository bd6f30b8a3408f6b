import AuditProof
import Crypto
import Foundation
import StrictCoding

/// The log as the writer's thread keeps it: lines that name the lines before them, in segments that follow one another.
///
/// Nothing advances before it is written, so that what failed can be made anew: no `seq` is left out or given twice.
struct Ledger {
    let describe: LogDescription
    private let paths: LogPaths
    private let calls: FileCalls
    private let segment: SegmentFile
    private var rotation: Rotation
    private var keeper: CheckpointKeeper
    private let lock: LogLock?

    private(set) var chain: Chain
    /// How much of it outlives the machine.
    private var synced: Chain
    /// Whether only the file can say what of the last records is there.
    private var owesReplay = false
    /// What the log has to say of itself, first.
    private var notes: [LogNote]
    private var lines: [UInt8] = []
    private var context = SHA256Handle()

    private static let mostSpareBytes = 4 << 20

    init(
        _ recovery: Recovery, _ describe: LogDescription, _ signer: NoteSigner, _ settings: AuditLogSettings,
        _ paths: LogPaths, lock: LogLock?, shelf: CheckpointShelf, calls: FileCalls
    ) {
        self.describe = describe
        self.paths = paths
        self.calls = calls
        self.lock = lock
        segment = recovery.segment
        rotation = Rotation(paths, settings, first: recovery.first, born: recovery.born, calls: calls)
        keeper = CheckpointKeeper(
            signer, settings, file: recovery.checkpoints, shelf: shelf, covered: recovery.covered)
        (chain, synced) = (recovery.chain, recovery.chain)
        notes = (recovery.isBlank ? [] : [.started(describe)]) + recovery.notes
    }

    var length: Int { Int(segment.length) }
    var hasNotes: Bool { !notes.isEmpty || segment.length == 0 }
    var isSynced: Bool { segment.syncedLength == segment.length && !owesReplay }
    var needsReplay: Bool { owesReplay }

    /// Puts this on record with what is written next.
    mutating func add(_ note: LogNote) { notes.append(note) }

    // MARK: - Lines

    /// Appends what the log has to say of itself, and the batch; all or nothing.
    ///
    /// - Parameter lost: records that were not taken and that the log does not speak of yet.
    /// - Returns: why it could not, as an `errno`.
    mutating func write(_ batch: AuditBatch, lost: AuditLoss, now: Int64) -> Int32? {
        var next = chain
        lines.removeAll(keepingCapacity: lines.capacity <= Self.mostSpareBytes)
        if segment.length == 0 {
            append(.note(.opened(describe, tree: chain.tree.base64Hashes)), now, to: &next)
        }
        for note in notes { append(.note(note), now, to: &next) }
        if !lost.isEmpty { append(.note(.lost(lost)), now, to: &next) }
        for entries in batch.entries {
            for entry in entries { append(entry.record, entry.microseconds, to: &next) }
        }
        guard !lines.isEmpty else { return nil }
        guard segment.isAt(rotation.place) else { return ENOENT }
        if let failure = segment.append(lines) {
            // Somebody else wrote to the file, or cut it.
            if failure == ESTALE { owesReplay = true }
            return failure
        }
        chain = next
        notes = []
        return nil
    }

    private mutating func append(_ record: AuditRecord, _ microseconds: Int64, to next: inout Chain) {
        let start = lines.count
        let time = next.time(microseconds)
        AuditLine.append(record, after: next, microseconds: time, to: &lines)
        lines.withUnsafeBytes { bytes in
            next.append(UnsafeRawBufferPointer(rebasing: bytes[start...]), microseconds: time, &context.value)
        }
        lines.append(0x0A)
    }

    // MARK: - Disk

    /// - Returns: why it may not be on the disk, as an `errno`.
    mutating func sync() -> Int32? {
        if let failure = segment.sync() {
            owesReplay = true
            return failure
        }
        synced = chain
        return nil
    }

    /// After a failure the file says what is there, and what is there is written again: a disk that failed to take it
    /// may not be asked twice.
    ///
    /// - Returns: why it could not, as an `errno`, and how many records the disk did not keep.
    mutating func replay() -> (failure: Int32?, gone: Int) {
        // What was promised to be there is gone: only a start can say what this log is now.
        guard segment.holdsSynced else { return (ESTALE, 0) }
        var replay = SegmentReplay(after: synced, at: segment.syncedLength)
        if let failure = replay.run(segment.descriptor, upTo: min(segment.length, segment.lengthOnDisk)) {
            return (failure, 0)
        }
        do throws(AuditFailure) {
            let note = try RecoveredSegment.setAside(
                paths.live, segment.descriptor, from: replay.end, seq: replay.chain.size, paths, calls)
            if let note { notes.append(note) }
        } catch {
            guard case .cannotOpen(_, let code) = error else { return (EIO, 0) }
            return (code, 0)
        }
        let gone = chain.size - replay.chain.size
        // What was never written can be made anew from here.
        chain = replay.chain
        if gone > 0 { notes.append(.lost(AuditLoss(records: gone))) }
        if let failure = segment.rewrite(upTo: replay.end) { return (failure, gone) }
        (synced, owesReplay) = (chain, false)
        return (nil, gone)
    }

    // MARK: - Segments and checkpoints

    func needsRotation(now: Int64) -> Bool {
        !segment.endsTorn && rotation.isDue(length: segment.length, size: chain.size, now: now)
    }

    /// To be called when everything is synced.
    mutating func rotate(now: Int64) -> Int32? {
        rotation.rotate(segment, size: chain.size, now: now)
    }

    var needsCheckpoint: Bool { keeper.isDue(size: chain.size) }
    var checkpointWait: Duration? { keeper.wait(size: chain.size) }

    /// To be called when everything is synced.
    mutating func makeCheckpoint() -> Int32? { keeper.make(of: chain.tree) }
    func syncCheckpoints() -> Int32? { keeper.sync() }
}

/// The digest's context in a place that values may hold.
private final class SHA256Handle {
    var value = SHA256Context()
}
