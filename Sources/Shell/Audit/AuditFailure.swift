import Foundation

/// Why a log cannot be opened.
package enum AuditFailure: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, errno: Int32)
    case notAFile(path: String)
    case inUse(path: String)
    /// A whole line that is none of this log, or not where it stands.
    case corrupt(path: String, seq: Int, Corruption)
    /// The key for checkpoints cannot be used.
    case key(String)

    package enum Corruption: String, Sendable {
        case edited, deleted, reordered, truncated, forked
        case badSignature = "bad_signature"
    }

    package var description: String {
        switch self {
        case .cannotOpen(let path, let code):
            "audit file `\(path)` cannot be opened for writing: \(String(cString: strerror(code)))"
        case .notAFile(let path): "audit file `\(path)` is no regular file, and a log that can be proved is"
        case .inUse(let path):
            "audit file `\(path)` is in use by another gateway; give each its own `gateway.audit.file`"
        case .corrupt(let path, let seq, let corruption):
            """
            audit file `\(path)` is not what was written: \(corruption.rawValue) at record \(seq)
              help: `bulla audit verify` says more; move the log aside to begin another one
            """
        case .key(let why): "the key that signs audit checkpoints cannot be used: \(why)"
        }
    }
}
