package import Crypto
import StrictCoding

/// The key that signs checkpoints of audit logs, and nothing else: `audit.pem`.
extension KeyDirectory {
    private static let auditKeyName = "audit.pem"

    /// The key; made where there is none, which only a log that begins may ask for: another key is another log's.
    package func auditKey() throws(KeyDirectoryFailure) -> Ed25519SigningKey {
        let files = KeyFiles(path: path)
        let lock = try files.lock()
        defer { lock.release() }
        if let key = try Self.auditKey(files) { return key }
        let key: Ed25519SigningKey
        do { key = try Ed25519SigningKey.generate() } catch { throw .ring("\(error)") }
        try files.write(Self.auditKeyName, key.pem.withBytes { Array($0) })
        return key
    }

    /// The key of a folder that is there already; nil where no gateway has written an audit log with it yet.
    package static func auditKey(in path: String) throws(KeyDirectoryFailure) -> Ed25519SigningKey? {
        let files = KeyFiles(path: path)
        try files.checkFolder()
        return try auditKey(files)
    }

    private static func auditKey(_ files: KeyFiles) throws(KeyDirectoryFailure) -> Ed25519SigningKey? {
        guard let pem = try files.read(auditKeyName) else { return nil }
        do {
            return try Ed25519SigningKey(pem: SecretBytes(pem))
        } catch {
            throw .malformed(path: files.path + "/" + auditKeyName, why: "\(error)")
        }
    }
}
