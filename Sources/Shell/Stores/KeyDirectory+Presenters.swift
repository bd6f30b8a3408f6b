package import Identity
package import StrictCoding
import Synchronization

/// The secrets by which egress recognises servers.
extension KeyDirectory {
    /// The secrets of these servers; those that have none get one.
    package func presenterSecrets(
        for servers: [ByteString], now: UnixTime
    ) throws(KeyDirectoryFailure) -> [ByteString: PresenterSecrets] {
        let wanted = Set(servers)
        let all = try changePresenters { presenters in
            for server in wanted where presenters[server] == nil {
                presenters[server] = PresenterSecrets(current: PresenterSecrets.generate())
            }
        }
        return all.filter { wanted.contains($0.key) }.mapValues { $0.current(now: now) }
    }

    /// Gives a server a new secret. The one that it had is accepted for `overlapSeconds` more, so that the server can
    /// be told; with 0 it ends at once.
    @discardableResult
    package func rotatePresenter(
        _ server: ByteString, overlapSeconds: Int64 = PresenterSecrets.defaultOverlapSeconds, now: UnixTime
    ) throws(KeyDirectoryFailure) -> PresenterSecrets {
        var rotated = PresenterSecrets(current: PresenterSecrets.generate())
        try changePresenters { presenters in
            if let had = presenters[server] { rotated = had.turned(overlapSeconds: overlapSeconds, now: now) }
            presenters[server] = rotated
        }
        return rotated
    }

    @discardableResult
    private func changePresenters(
        _ change: (inout [ByteString: PresenterSecrets]) -> Void
    ) throws(KeyDirectoryFailure) -> [ByteString: PresenterSecrets] {
        let files = KeyFiles(path: path)
        let lock = try files.lock()
        defer { lock.release() }
        let stored = try PresenterFile.read(files)
        var presenters = stored
        change(&presenters)
        if presenters != stored { try PresenterFile.write(presenters, files) }
        let changed = presenters
        current.withLock { $0.presenters = changed }
        return changed
    }
}
