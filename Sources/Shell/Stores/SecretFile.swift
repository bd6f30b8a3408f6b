import Crypto
import Foundation
import StrictCoding

/// Reads one secret from where it is kept.
enum SecretFile {
    /// What kind of file it is: how large it may be, and who else may read it.
    enum Content {
        case secret
        /// Certificates in PEM, which are shown to everybody.
        case certificates

        /// A private key in PEM has a tenth of what is allowed, and all authorities of an operating system have a
        /// quarter of it; a larger file is some other file.
        fileprivate var mostBytes: Int {
            switch self {
            case .secret: 64 << 10
            case .certificates: 1 << 20
            }
        }

        fileprivate var size: String {
            switch self {
            case .secret: "64 KiB"
            case .certificates: "1 MiB"
            }
        }
    }

    /// What a file holds, without the line feed at its end that editors leave there.
    ///
    /// Others than its owner must not be able to read a secret. One of root may be readable, because that is how
    /// orchestrators mount secrets into containers. Whoever could change certificates would choose whom to believe.
    static func read(_ path: String, as content: Content = .secret) throws(SecretFault) -> SecretBytes {
        // O_NONBLOCK: opening a pipe that somebody put there would wait for its writer. Links are followed: mounted
        // secrets are links.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw SecretFault("it cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SecretFault("it is not a file")
        }
        try check(status, path, content)
        var filled = 0
        let whole = SecretBytes(count: Int(status.st_size)) { filled = fill($0, from: descriptor) }
        guard filled == whole.count else { throw SecretFault("it changed while it was read") }
        return try withoutLineEnd(whole)
    }

    private static func check(_ status: stat, _ path: String, _ content: Content) throws(SecretFault) {
        switch content {
        case .secret:
            guard status.st_mode & (status.st_uid == 0 ? 0o022 : 0o077) == 0 else {
                throw SecretFault("others than its owner can read or change it", help: "run chmod go-rwx \(path)")
            }
        case .certificates:
            guard status.st_mode & 0o022 == 0 else {
                throw SecretFault("others than its owner can change it", help: "run chmod go-w \(path)")
            }
        }
        guard status.st_size <= content.mostBytes else { throw SecretFault("it is larger than \(content.size)") }
    }

    static func environment(_ name: String) throws(SecretFault) -> SecretBytes {
        guard let value = getenv(name) else { throw SecretFault("the environment variable is not set") }
        let count = strlen(value)
        return try withoutLineEnd(
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

    private static func withoutLineEnd(_ whole: SecretBytes) throws(SecretFault) -> SecretBytes {
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
