import AuditProof
import Foundation

/// The file of a log's checkpoints, one note after the other, whole ones only.
final class CheckpointNotes {
    /// The last one that was found when the file was opened.
    let last: SignedNote?
    private let file: OpenFile
    private var length: off_t
    private let calls: FileCalls

    /// So much of the end of the file is looked at; a note has some hundreds of bytes.
    private static let tailBytes = 256 << 10

    init(_ paths: LogPaths, calls: FileCalls) throws(AuditFailure) {
        let path = paths.checkpoints
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, errno: errno) }
        file = OpenFile(owning: descriptor)
        self.calls = calls
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        let start = max(0, status.st_size - off_t(Self.tailBytes))
        guard let tail = FileCalls.read(descriptor, start..<status.st_size) else {
            throw .cannotOpen(path: path, errno: errno)
        }
        let (note, rest) = Self.last(in: tail[...], isWhole: start == 0)
        last = note
        // A note that a crash tore says nothing; the next one must not become part of it.
        length = status.st_size - off_t(rest)
        guard rest == 0 || calls.truncate(descriptor, length) == 0 else {
            throw .cannotOpen(path: path, errno: errno)
        }
    }

    private var descriptor: Int32 { file.descriptor }

    /// - Returns: why it is not there, as an `errno`.
    func append(_ note: SignedNote) -> Int32? {
        guard calls.truncate(descriptor, length) == 0, lseek(descriptor, length, SEEK_SET) == length else {
            return errno
        }
        let entry = CheckpointFile.entry(note)
        if let failure = entry.withUnsafeBytes({ calls.writeAll(descriptor, $0) }) {
            _ = calls.truncate(descriptor, length)
            return failure
        }
        length += off_t(entry.count)
        return nil
    }

    func sync() -> Int32? { calls.syncAll(descriptor) }

    /// The last note, and how many bytes of a torn one follow it.
    private static func last(in tail: ArraySlice<UInt8>, isWhole: Bool) -> (note: SignedNote?, rest: Int) {
        if isWhole {
            let found = CheckpointFile.notes(in: tail)
            return (found.notes.last.flatMap { try? SignedNote(parsing: $0) }, found.torn.count)
        }
        // Somewhere in a note: behind one of the next two empty lines another one begins.
        var start = tail.startIndex
        for _ in 0..<2 {
            guard let end = emptyLine(in: tail[start...]) else { break }
            start = end
            let found = CheckpointFile.notes(in: tail[start...])
            if let last = found.notes.last, let note = try? SignedNote(parsing: last),
                (try? Checkpoint(text: note.text)) != nil
            {
                return (note, found.torn.count)
            }
        }
        return (nil, 0)
    }

    /// The place behind the first empty line.
    private static func emptyLine(in bytes: ArraySlice<UInt8>) -> Int? {
        bytes.indices.dropFirst().first { bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0A }.map { $0 + 1 }
    }
}
