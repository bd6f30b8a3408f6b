import AuditProof
import Crypto
import Foundation
import StrictCoding

/// Finds out where a log stands, from its files alone: the last segment is verified from its first record on and
/// against the last checkpoint. A line that a crash tore is set aside; anything else that is not as it was written is
/// refused.
struct Recovery {
    private(set) var origin: ByteString
    private(set) var chain: Chain
    /// The live segment.
    let segment: SegmentFile
    /// The `seq` of its first record, and when that was made.
    let first: Int
    let born: Int64
    /// What the log is to say of it.
    let notes: [LogNote]
    let checkpoints: CheckpointNotes?
    /// What the last checkpoint covers.
    let covered: Int

    /// Whether the live segment has no record yet.
    var isBlank: Bool { segment.length == 0 }

    /// - Parameter freshOrigin: of a log that has no record yet.
    init(
        _ paths: LogPaths, _ settings: AuditLogSettings, freshOrigin: ByteString, now: Int64, calls: FileCalls
    ) throws(AuditFailure) {
        let file = try Self.openLive(paths)
        let live = file.descriptor
        let checkpoints = settings.keepsCheckpoints ? try CheckpointNotes(paths, calls: calls) : nil
        self.checkpoints = checkpoints
        var notes: [LogNote] = []
        var opened = try RecoveredSegment(paths.live, live, settings.key, checkpoints?.last, paths)
        if let note = try opened?.setTornLineAside(paths, calls) { notes.append(note) }
        let liveStart = opened.map { (first: $0.first, born: $0.born) }
        let length = opened?.end ?? 0
        if opened == nil {
            // Between two segments, or before the first record of one was whole.
            opened = try Self.lastRotated(paths, settings.key, checkpoints?.last, calls, &notes)
            if opened == nil, let note = checkpoints?.last, let found = try? Checkpoint(text: note.text) {
                throw .otherCheckpoints(path: paths.checkpoints, origin: found.origin, log: paths.live)
            }
            if let note = try RecoveredSegment.setAside(paths.live, live, from: 0, seq: 0, paths, calls) {
                notes.append(note)
            }
        }
        notes += try UntoldRemains.notes(
            paths, live: live, length: length, from: liveStart?.first ?? opened?.chain.size ?? 0, told: notes)
        self.notes = notes
        if let opened {
            (origin, chain) = (opened.origin, opened.chain)
        } else {
            (origin, chain) = (freshOrigin, Chain(origin: freshOrigin))
        }
        (first, born) = liveStart ?? (chain.size, now)
        covered = min(chain.size, opened?.covered ?? 0)
        segment = SegmentFile(file, length: length, calls: calls)
        guard calls.syncFolder(paths.folder) == 0 || errno == EINVAL else {
            throw .cannotOpen(path: paths.live, errno: errno)
        }
        guard let failure = segment.sync() else { return }
        throw .cannotOpen(path: paths.live, errno: failure)
    }

    private static func openLive(_ paths: LogPaths) throws(AuditFailure) -> OpenFile {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let descriptor = open(paths.live, flags, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: paths.live, errno: errno) }
        let file = OpenFile(owning: descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .notAFile(path: paths.live)
        }
        // Gateways of before locked this file alone.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw .inUse(path: paths.live)
        }
        return file
    }

    private static func lastRotated(
        _ paths: LogPaths, _ key: Ed25519SigningKey?, _ checkpoint: SignedNote?, _ calls: FileCalls,
        _ notes: inout [LogNote]
    ) throws(AuditFailure) -> RecoveredSegment? {
        guard let name = try paths.segments().last(where: { $0 != paths.name.live }) else { return nil }
        let path = paths.path(name)
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, errno: errno) }
        defer { close(descriptor) }
        guard var opened = try RecoveredSegment(path, descriptor, key, checkpoint, paths) else {
            throw .corrupt(path: path, seq: 0, .truncated)
        }
        if let note = try opened.setTornLineAside(paths, calls) { notes.append(note) }
        return opened
    }
}
