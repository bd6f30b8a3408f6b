import Foundation

/// The file that audit lines are appended to: one writer, whole lines only.
final class AuditFile {
    private let descriptor: Int32
    /// Where the last whole line ends.
    private var length: off_t
    /// Whether a crash of an earlier writer left a part of a line at the end.
    private var endsTorn: Bool

    /// Opens or makes the file (0600) and locks it; a second writer of the same file is refused.
    init(path: String) throws(AuditFailure) {
        // A limit of the file size (RLIMIT_FSIZE) shall fail the write, not end the process.
        signal(SIGXFSZ, SIG_IGN)
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw AuditFailure.cannotOpen(path: path, errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw AuditFailure.inUse(path: path)
        }
        self.descriptor = descriptor
        Self.syncFolder(of: path)
        length = lseek(descriptor, 0, SEEK_END)
        var last = UInt8(ascii: "\n")
        endsTorn = length > 0 && pread(descriptor, &last, 1, length - 1) == 1 && last != UInt8(ascii: "\n")
    }

    /// Appends all of the lines or, as far as later readers can see, none of them.
    ///
    /// - Returns: why it could not, as an `errno`.
    func append(_ lines: [UInt8]) -> Int32? {
        // Somebody may have cut the file off since, to rotate it.
        length = lseek(descriptor, 0, SEEK_END)
        // Nothing is deleted: the torn line becomes a line of its own.
        let lines = endsTorn ? [UInt8(ascii: "\n")] + lines : lines
        var written = 0
        while written < lines.count {
            let count = lines[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                let failure = errno
                // A line that was torn by a full disk would be read as a forged one: cut it off again.
                if ftruncate(descriptor, length) != 0 { endsTorn = written > 0 }
                return failure
            }
        }
        endsTorn = false
        return nil
    }

    /// Comes back when everything appended so far is on the disk.
    ///
    /// - Returns: why it may not be, as an `errno`.
    func sync() -> Int32? {
        while fdatasync(descriptor) != 0 {
            switch errno {
            case EINTR: continue
            // Pipes and terminals have nothing to sync: what they took is in other hands.
            case EINVAL, EROFS: return nil
            default: return errno
            }
        }
        return nil
    }

    /// Syncs the file and lets go of it, so that the next writer may have it. The last thing that is asked of it.
    func finish() {
        _ = sync()
        close(descriptor)
    }

    /// A file that was just made lasts only when its folder's entry does.
    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        let descriptor = open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

package enum AuditFailure: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, errno: Int32)
    case inUse(path: String)

    package var description: String {
        switch self {
        case .cannotOpen(let path, let code):
            "audit file `\(path)` cannot be opened for writing: \(String(cString: strerror(code)))"
        case .inUse(let path):
            "audit file `\(path)` is in use by another gateway; give each its own `gateway.audit.file`"
        }
    }
}
