import Crypto
import Foundation
import StrictCoding

/// The files of a key directory: private to their owner, written whole or not at all.
struct KeyFiles {
    let path: String

    /// Larger files are none of ours.
    private static let mostBytes = 1 << 20

    // MARK: - Folder

    func makeFolder() throws(KeyDirectoryFailure) {
        if mkdir(path, 0o700) != 0 && errno != EEXIST { throw failure(path) }
        try checkFolder()
    }

    func checkFolder() throws(KeyDirectoryFailure) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { throw .missing(path) }
            throw failure(path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .file(path: path, why: "not a directory") }
        // Root may have made it for us; what anybody else made, they can read and replace.
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw .file(path: path, why: "belongs to another user")
        }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path: path) }
    }

    /// Held while the folder's contents are looked at and changed.
    struct Lock {
        fileprivate let descriptor: Int32

        func release() { close(descriptor) }
    }

    func lock() throws(KeyDirectoryFailure) -> Lock {
        let name = path + "/lock"
        let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(name) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                throw failure(name)
            }
        }
        return Lock(descriptor: descriptor)
    }

    // MARK: - Contents

    func readRoot() throws(KeyDirectoryFailure) -> SecretBytes? {
        guard let bytes = try read("root.key") else { return nil }
        guard bytes.count == 32 else { throw .malformed(path: path + "/root.key", why: "it does not have 32 bytes") }
        return SecretBytes(bytes)
    }

    func writeRoot(_ secret: SecretBytes) throws(KeyDirectoryFailure) -> SecretBytes {
        try write("root.key", secret.withBytes { Array($0) })
        return secret
    }

    func readKey(_ purpose: KeyPurpose, _ kid: ByteString) throws(KeyDirectoryFailure) -> SigningKey {
        let name = purpose.keyName(kid)
        guard let pem = try read(name) else {
            throw .malformed(path: path + "/" + name, why: "the ring names it, and it is missing")
        }
        do { return try SigningKey(pem: pem) } catch { throw .malformed(path: path + "/" + name, why: "\(error)") }
    }

    func writeKey(_ purpose: KeyPurpose, _ key: SigningKey, _ kid: ByteString) throws(KeyDirectoryFailure) {
        let name = purpose.keyName(kid)
        guard try read(name) == nil else { return }
        try write(name, key.pem.withBytes { Array($0) })
    }

    func removeKey(_ purpose: KeyPurpose, _ kid: ByteString) {
        unlink(path + "/" + purpose.keyName(kid))
    }

    // MARK: - Bytes

    /// `nil` where there is no such file.
    func read(_ name: String) throws(KeyDirectoryFailure) -> [UInt8]? {
        let file = path + "/" + name
        // O_NONBLOCK: opening a pipe that somebody put there would wait for its writer.
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure(file)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .file(path: file, why: "not a file")
        }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path: file) }
        guard status.st_size <= Self.mostBytes else { throw .malformed(path: file, why: "it is too large") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes[filled...].withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { throw .malformed(path: file, why: "it ends early") }
            filled += count
        }
        return bytes
    }

    /// Writes beside the file, syncs and renames, so that a crash leaves the old one or the new one.
    func write(_ name: String, _ bytes: [UInt8]) throws(KeyDirectoryFailure) {
        let file = path + "/" + name
        // What could not be read again must not take the place of what can.
        guard bytes.count <= Self.mostBytes else { throw .file(path: file, why: "it would be too large") }
        let draft = file + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(draft) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                let error = failure(draft)
                close(descriptor)
                throw error
            }
            written += count
        }
        guard fsync(descriptor) == 0, close(descriptor) == 0, rename(draft, file) == 0 else { throw failure(file) }
    }

    private func failure(_ file: String) -> KeyDirectoryFailure {
        .file(path: file, why: String(cString: strerror(errno)))
    }
}
