package import Crypto
import Foundation
package import Identity
import StrictCoding
import Synchronization

/// The folder that holds the gateway's own keys: the envelope key ring and the root of its symmetric secrets.
///
///     root.key               32 random bytes
///     ring.json              which envelope key is published, active and retired from when
///     envelope-<kid>.pem     one private key each
///
/// Made with mode 0700, its files 0600, on first start. Gateways may share it: changes are made under a lock and seen
/// by the others at their next turn.
package final class KeyDirectory: Sendable {
    package let path: String
    package let rootSecret: SecretBytes
    private let current: Mutex<KeyRing>

    /// Opens the folder, or makes it with a first key that signs at once.
    package static func open(_ path: String, now: UnixTime) throws(KeyDirectoryFailure) -> KeyDirectory {
        let files = KeyFiles(path: path)
        try files.makeFolder()
        let lock = try files.lock()
        defer { lock.release() }
        let stored = try files.readRoot()
        if let ring = try RingFile.read(files) {
            // The root was written first. A new one in its place would silently end every session.
            guard let stored else { throw .malformed(path: path + "/root.key", why: "it is missing beside ring.json") }
            return KeyDirectory(path: path, root: stored, ring: ring)
        }
        let root = if let stored { stored } else { try files.writeRoot(SecretBytes.random(32)) }
        let ring: KeyRing
        do { ring = try KeyRing(first: try SigningKey.generate(), now: now) } catch { throw .ring("\(error)") }
        try RingFile.write(ring, files)
        return KeyDirectory(path: path, root: root, ring: ring)
    }

    /// Opens a folder that is there already, to look at it.
    package static func read(_ path: String) throws(KeyDirectoryFailure) -> KeyRing {
        let files = KeyFiles(path: path)
        try files.checkFolder()
        guard let ring = try RingFile.read(files) else { throw .missing(path) }
        return ring
    }

    private init(path: String, root: SecretBytes, ring: KeyRing) {
        self.path = path
        rootSecret = root
        current = Mutex(ring)
    }

    package var ring: KeyRing { current.withLock { $0 } }

    /// Takes over what other gateways changed, stages a successor when one is due and drops keys that are gone.
    ///
    /// - Returns: whether the keys that sign or verify at `now` are others than at `last`.
    package func turn(every periodSeconds: Int64, last: UnixTime, now: UnixTime) throws(KeyDirectoryFailure) -> Bool {
        let before = ring
        let files = KeyFiles(path: path)
        let lock = try files.lock()
        defer { lock.release() }
        guard var ring = try RingFile.read(files) else { throw .missing(path) }
        if ring.needsSuccessor(every: periodSeconds, now: now) {
            do { try ring.stage(try SigningKey.generate(), now: now) } catch { throw .ring("\(error)") }
            try RingFile.write(ring, files)
        }
        let gone = ring.removeGone(now: now)
        if !gone.isEmpty {
            // The ring first: a file without an entry is only litter, an entry without its file is a start that fails.
            try RingFile.write(ring, files)
            for kid in gone { files.removeKey(kid) }
        }
        let turned = ring
        current.withLock { $0 = turned }
        return before.active(now: last).keyID != turned.active(now: now).keyID
            || before.jwksDocument(now: last) != turned.jwksDocument(now: now)
    }
}

package enum KeyDirectoryFailure: Error, Equatable, CustomStringConvertible {
    case file(path: String, why: String)
    case exposed(path: String)
    case missing(String)
    case malformed(path: String, why: String)
    case ring(String)

    package var description: String {
        switch self {
        case .file(let path, let why): "key directory: `\(path)`: \(why)"
        case .exposed(let path): "key directory: `\(path)` is open to others than its owner; run chmod go-rwx \(path)"
        case .missing(let path): "key directory: `\(path)` holds no keys; `bulla run` makes them on first start"
        case .malformed(let path, let why): "key directory: `\(path)` is damaged: \(why)"
        case .ring(let why): "key directory: the key ring cannot be changed: \(why)"
        }
    }
}
