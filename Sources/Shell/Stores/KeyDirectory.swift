package import Crypto
import Foundation
package import Identity
import StrictCoding
import Synchronization

/// The folder that holds the gateway's own secrets: its key rings, the root of its symmetric secrets, and the secrets
/// by which egress recognises servers.
///
///     root.key               32 random bytes
///     ring.json              which envelope key is published, active and retired from when
///     envelope-<kid>.pem     one private key each
///     reissue-ring.json, reissue-<kid>.pem, assertion-ring.json, assertion-<kid>.pem
///                            the same for the other purposes
///     presenters.json        a secret for each server, made when it is first wanted
///     audit.pem              signs checkpoints of audit logs
///
/// Made with mode 0700, its files 0600, on first start. Gateways may share it: changes are made under a lock and seen
/// by the others at their next turn.
package final class KeyDirectory: Sendable {
    struct State: Sendable {
        var rings: KeyRings
        var presenters: [ByteString: PresenterSecrets]
    }

    package let path: String
    package let rootSecret: SecretBytes
    let current: Mutex<State>

    /// Opens the folder, or makes it with first keys that sign at once.
    package static func open(_ path: String, now: UnixTime) throws(KeyDirectoryFailure) -> KeyDirectory {
        let files = KeyFiles(path: path)
        try files.makeFolder()
        let lock = try files.lock()
        defer { lock.release() }
        let stored = try files.readRoot()
        if stored == nil {
            // The root was written first. A new one in its place would silently end every session.
            for name in KeyPurpose.allCases.map(\.ringName) + [PresenterFile.name] where try files.read(name) != nil {
                throw .malformed(path: path + "/root.key", why: "it is missing beside \(name)")
            }
        }
        let presenters = try PresenterFile.read(files)
        let root = if let stored { stored } else { try files.writeRoot(SecretBytes.random(32)) }
        let rings = try KeyRings.open(files, now: now)
        return KeyDirectory(path: path, root: root, State(rings: rings, presenters: presenters))
    }

    /// Opens a folder that is there already, to look at one of its rings.
    package static func read(
        _ path: String, _ purpose: KeyPurpose = .envelope
    ) throws(KeyDirectoryFailure) -> KeyRing {
        let files = KeyFiles(path: path)
        try files.checkFolder()
        guard let ring = try RingFile.read(purpose, files) else { throw .missing(path) }
        return ring
    }

    private init(path: String, root: SecretBytes, _ state: State) {
        self.path = path
        rootSecret = root
        current = Mutex(state)
    }

    /// The ring that signs envelopes.
    package var ring: KeyRing { ring(.envelope) }

    package func ring(_ purpose: KeyPurpose) -> KeyRing { current.withLock { $0.rings[purpose] } }

    /// Takes over what other gateways and `bulla egress-url --rotate` changed, stages successors that are due and drops
    /// keys and secrets that are gone. Where anything is damaged, nothing is changed.
    ///
    /// - Returns: whether the keys that sign or verify at `now` are others than at `last`, or presenters' secrets are.
    package func turn(every periodSeconds: Int64, last: UnixTime, now: UnixTime) throws(KeyDirectoryFailure) -> Bool {
        let before = current.withLock { $0 }
        let files = KeyFiles(path: path)
        let lock = try files.lock()
        defer { lock.release() }
        guard try files.read(KeyPurpose.envelope.ringName) != nil else { throw .missing(path) }
        var rings = try KeyRings.reopen(files)
        let stored = try PresenterFile.read(files)
        // New secrets in its place would lock every server out without a word.
        if !before.presenters.isEmpty, try files.read(PresenterFile.name) == nil {
            throw .malformed(path: path + "/" + PresenterFile.name, why: "it is missing")
        }
        try rings.turn(every: periodSeconds, now: now, files)
        let presenters = stored.mapValues { $0.current(now: now) }
        if presenters != stored { try PresenterFile.write(presenters, files) }
        let turned = State(rings: rings, presenters: presenters)
        current.withLock { $0 = turned }
        return rings.differ(from: before.rings, last: last, now: now) || presenters != before.presenters
    }
}
