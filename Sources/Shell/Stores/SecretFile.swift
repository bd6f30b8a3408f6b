import Crypto
import Foundation
import StrictCoding

/// Reads one secret from where it is kept.
enum SecretFile {
    /// A private key in PEM has a tenth of that; a larger file is some other file.
    static let mostBytes = 64 << 10

    /// What a file holds, without the line feed at its end that editors leave there.
    ///
    /// Others than its owner must not be able to read it. One of root may be readable, because that is how
    /// orchestrators mount secrets into containers.
    static func read(_ path: String) throws(SecretFault) -> SecretBytes {
        // O_NONBLOCK: opening a pipe that somebody put there would wait for its writer. Links are followed: mounted
        // secrets are links.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SecretFault("it cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SecretFault("it is not a file")
        }
        let forbidden: mode_t = status.st_uid == 0 ? 0o022 : 0o077
        guard status.st_mode & forbidden == 0 else {
            throw SecretFault("others than its owner can read or change it", help: "run chmod go-rwx \(path)")
        }
        guard status.st_size <= Self.mostBytes else { throw SecretFault("it is larger than 64 KiB") }
        var filled = 0
        let whole = SecretBytes(count: Int(status.st_size)) { filled = fill($0, from: descriptor) }
        guard filled == whole.count else { throw SecretFault("it changed while it was read") }
        return try content(whole)
    }

    static func environment(_ name: String) throws(SecretFault) -> SecretBytes {
        guard let value = getenv(name) else { throw SecretFault("the environment variable is not set") }
        let count = strlen(value)
        return try content(
            SecretBytes(count: count) { $0.copyMemory(from: UnsafeRawBufferPointer(start: value, count: count)) })
    }

    private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = Foundation.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        return filled
    }

    private static func content(_ whole: SecretBytes) throws(SecretFault) -> SecretBytes {
        let count = whole.withBytes { bytes in
            guard bytes.last == UInt8(ascii: "\n") else { return bytes.count }
            return bytes.dropLast().last == UInt8(ascii: "\r") ? bytes.count - 2 : bytes.count - 1
        }
        guard count > 0 else { throw SecretFault("it is empty") }
        guard count < whole.count else { return whole }
        return whole.withBytes { bytes in
            SecretBytes(count: count) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
        }
    }
}
