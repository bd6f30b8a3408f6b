import Foundation

/// The right to write a log, held by one process at a time through all its segments. The kernel takes it back when the
/// process ends, however that comes about.
final class LogLock {
    private let file: OpenFile

    init(_ paths: LogPaths) throws(AuditFailure) {
        let descriptor = open(paths.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: paths.live, errno: errno) }
        file = OpenFile(owning: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(path: paths.live) }
    }
}
