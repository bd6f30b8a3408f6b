import AuditProof
import Foundation

/// The file of a log's checkpoints, one note after the other, whole ones only.
final class CheckpointNotes {
    /// The last one that was found when the file was opened.
    let last: SignedNote?
    private let path: String
    private var file: OpenFile
    /// Where the last whole note ends.
    private var length: off_t = 0
    private let calls: FileCalls

    /// So much of the end of the file is looked at; a note has some hundreds of bytes.
    private static let tailBytes = 256 << 10

    init(_ paths: LogPaths, calls: FileCalls) throws(AuditFailure) {
        path = paths.checkpoints
        self.calls = calls
        guard let file = Self.open(path) else { throw .cannotOpen(path: path, errno: errno) }
        self.file = file
        var status = stat()
        guard fstat(file.descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .notAFile(path: path)
        }
        guard let (note, end) = Self.settle(file.descriptor, calls) else {
            throw .cannotOpen(path: path, errno: errno)
        }
        (last, length) = (note, end)
    }

    private static func open(_ path: String) -> OpenFile? {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        return descriptor >= 0 ? OpenFile(owning: descriptor) : nil
    }

    /// Cuts off a note that was not written to its end: it says nothing, and the next must not become part of it.
    ///
    /// - Returns: the last whole note, and where it ends; nil with `errno` set where the file refuses.
    private static func settle(_ descriptor: Int32, _ calls: FileCalls) -> (note: SignedNote?, end: off_t)? {
        let size = lseek(descriptor, 0, SEEK_END)
        let start = max(0, size - off_t(tailBytes))
        guard size >= 0, let tail = FileCalls.read(descriptor, start..<size) else { return nil }
        let (note, rest) = last(in: tail[...], isWhole: start == 0)
        let end = size - off_t(rest)
        guard rest == 0 || calls.truncate(descriptor, end) == 0 else { return nil }
        return (note, end)
    }

    private var descriptor: Int32 { file.descriptor }

    /// Where others moved, cut or prolonged the file, the next note still stands behind a whole one, in a file that is
    /// found.
    private func settle() -> Int32? {
        let isThere = file.isAt(path)
        if isThere, lseek(descriptor, 0, SEEK_END) == length { return nil }
        if !isThere {
            guard let next = Self.open(path) else { return errno }
            file = next
        }
        guard let (_, end) = Self.settle(descriptor, calls) else { return errno }
        length = end
        return nil
    }

    /// - Returns: why it is not there, as an `errno`.
    func append(_ note: SignedNote) -> Int32? {
        if let failure = settle() { return failure }
        guard lseek(descriptor, length, SEEK_SET) == length else { return errno }
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
