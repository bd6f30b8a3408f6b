import AuditProof
import Crypto
import Foundation
import StrictCoding

/// A segment as it was found on disk: its whole lines verified, what is behind them known.
struct RecoveredSegment {
    let origin: ByteString
    let first: Int
    let born: Int64
    private(set) var chain: Chain
    /// Where the last whole line ends.
    let end: off_t
    /// What the last checkpoint covers.
    let covered: Int
    private let path: String
    private let descriptor: Int32

    /// Nil where there is no whole line.
    ///
    /// - Parameter note: the last of the file of checkpoints.
    init?(
        _ path: String, _ descriptor: Int32, _ key: Ed25519SigningKey?, _ note: SignedNote?, _ paths: LogPaths
    ) throws(AuditFailure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        guard let line = try Self.firstLine(path, descriptor, paths) else { return nil }
        guard let head = try? RecordHead(line) else { throw .notALog(path: path, log: paths.live) }
        guard let opened = try? OpenedRecord(line) else { throw .corrupt(path: path, seq: head.seq, .edited) }
        if head.seq == 0, head.prev != LogChain.genesis(origin: opened.origin) {
            throw .corrupt(path: path, seq: 0, .forked)
        }
        // Before anything is touched. One log has one key, which is all that whoever verifies it knows of it.
        guard let key, let signer = try? NoteSigner(name: opened.origin, key: key), signer.vkey == opened.vkey else {
            throw .otherKey(log: paths.live, vkey: opened.vkey)
        }
        let checkpoint = try Self.checkpoint(note, opened, path, paths)
        var replay = SegmentReplay(
            after: Chain(tree: opened.tree, link: head.prev), at: 0, watching: checkpoint?.size)
        if let failure = replay.run(descriptor, upTo: status.st_size) {
            throw .cannotOpen(path: path, errno: failure)
        }
        if let fault = replay.fault { throw .corrupt(path: path, seq: fault.seq, fault.corruption) }
        if let checkpoint {
            guard checkpoint.size <= replay.chain.size else {
                throw .corrupt(path: path, seq: replay.chain.size, .truncated)
            }
            if checkpoint.size >= head.seq, replay.root != checkpoint.root {
                throw .corrupt(path: path, seq: head.seq, .forked)
            }
        }
        origin = opened.origin
        first = head.seq
        born = line[head.timestamp].withUnsafeBytes { Timestamp.microseconds($0) } ?? 0
        chain = replay.chain
        end = replay.end
        covered = checkpoint?.size ?? 0
        self.path = path
        self.descriptor = descriptor
    }

    /// The last checkpoint, where it is by the log's key; what others signed proves nothing here.
    private static func checkpoint(
        _ note: SignedNote?, _ opened: OpenedRecord, _ path: String, _ paths: LogPaths
    ) throws(AuditFailure) -> Checkpoint? {
        guard let note, let checkpoint = try? Checkpoint(text: note.text) else { return nil }
        guard checkpoint.origin == opened.origin else {
            throw .otherCheckpoints(path: paths.checkpoints, origin: checkpoint.origin, log: paths.live)
        }
        guard let verifier = try? NoteVerifier(vkey: opened.vkey) else { return nil }
        do {
            try note.verify(by: [verifier])
        } catch .badSignature {
            throw .corrupt(path: path, seq: opened.tree.size, .badSignature)
        } catch {
            return nil
        }
        return checkpoint
    }

    private static func firstLine(
        _ path: String, _ descriptor: Int32, _ paths: LogPaths
    ) throws(AuditFailure) -> [UInt8]? {
        var line = [UInt8](repeating: 0, count: RecordHead.lineBytes + 1)
        let count = line.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw .cannotOpen(path: path, errno: errno) }
        guard let end = line[..<count].firstIndex(of: 0x0A) else {
            if count == line.count { throw .notALog(path: path, log: paths.live) }
            return nil
        }
        return Array(line[..<end])
    }

    // MARK: - Torn lines

    /// What stands behind the last whole line goes into a file of its own; nothing is deleted.
    mutating func setTornLineAside(_ paths: LogPaths, _ calls: FileCalls) throws(AuditFailure) -> LogNote? {
        try Self.setAside(path, descriptor, from: end, seq: chain.size, paths, calls)
    }

    static func setAside(
        _ path: String, _ descriptor: Int32, from end: off_t, seq: Int, _ paths: LogPaths, _ calls: FileCalls
    ) throws(AuditFailure) -> LogNote? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, errno: errno) }
        guard status.st_size > end else { return nil }
        // A write that was never finished has no more; what has is no torn line.
        guard status.st_size - end <= off_t(Self.mostTornBytes) else { throw .corrupt(path: path, seq: seq, .edited) }
        guard let torn = FileCalls.read(descriptor, end..<status.st_size) else {
            throw .cannotOpen(path: path, errno: errno)
        }
        let name = try write(torn, seq: seq, paths, calls)
        guard calls.truncate(descriptor, end) == 0 else { throw .cannotOpen(path: path, errno: errno) }
        if let failure = calls.syncAll(descriptor) { throw .cannotOpen(path: path, errno: failure) }
        return .recovered(
            sha256: ByteString(Digest(of: torn).hex), length: torn.count, file: ByteString(name))
    }

    /// On the disk before anything is cut off.
    private static func write(
        _ torn: [UInt8], seq: Int, _ paths: LogPaths, _ calls: FileCalls
    ) throws(AuditFailure) -> String {
        for number in 0..<1_000_000 {
            let name = paths.name.torn(seq: seq, number: number)
            let path = paths.path(name)
            let descriptor = calls.create(path)
            if descriptor < 0, errno == EEXIST { continue }
            guard descriptor >= 0 else { throw .cannotOpen(path: path, errno: errno) }
            defer { close(descriptor) }
            let failure =
                torn.withUnsafeBytes { calls.writeAll(descriptor, $0) } ?? calls.syncAll(descriptor)
                ?? (calls.syncFolder(paths.folder) == 0 ? nil : errno)
            if let failure { throw .cannotOpen(path: path, errno: failure) }
            return name
        }
        throw .cannotOpen(path: paths.live, errno: EEXIST)
    }

    /// Of one append: what the queues of all loops may hold.
    private static let mostTornBytes = 256 << 20
}
