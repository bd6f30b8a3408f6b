import Foundation
package import Policy

/// Reads a policy's bytes, once and through one descriptor, so that what is checked is what takes effect even while
/// somebody edits it.
package enum PolicyFile {
    package static func read(_ path: String) throws(PolicyFileFailure) -> PolicySource {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotRead(path: path, why: reason(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG || status.st_mode & S_IFMT == S_IFIFO
        else {
            throw .cannotRead(path: path, why: "not a file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        // One byte more than is allowed tells a file that is too large from one that just fits.
        while bytes.count <= PolicySource.mostBytes {
            let count = chunk.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .cannotRead(path: path, why: reason(errno)) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return PolicySource(name: path, bytes: bytes)
    }

    /// A path that the policy names, relative to the folder of the policy file.
    package static func resolve(_ path: String, besides policy: String) -> String {
        guard !path.hasPrefix("/"), let slash = policy.lastIndex(of: "/") else { return path }
        return String(policy[...slash]) + path
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

package enum PolicyFileFailure: Error, CustomStringConvertible {
    case cannotRead(path: String, why: String)

    package var description: String {
        switch self {
        case .cannotRead(let path, let why): "policy file `\(path)` cannot be read: \(why)"
        }
    }
}
