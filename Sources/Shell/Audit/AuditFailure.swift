import Foundation
package import StrictCoding

/// Why a log cannot be opened.
package enum AuditFailure: Error, Equatable {
    case cannotOpen(path: String, errno: Int32)
    case notAFile(path: String)
    case inUse(path: String)
    /// A whole line that is none of this log, or not where it stands.
    case corrupt(path: String, seq: Int, Corruption)
    /// A file whose first line is no record; `log` is the live one.
    case notALog(path: String, log: String)
    /// The log names `vkey` as its key, and the key directory's is another one, or is gone.
    case otherKey(log: String, vkey: ByteString)
    /// The file of checkpoints ends with one of a log that is not the one beside it.
    case otherCheckpoints(path: String, origin: ByteString, log: String)
    /// The key for checkpoints cannot be used.
    case key(String)

    package enum Corruption: String, Sendable {
        case edited, deleted, reordered, truncated, forked
        case badSignature = "bad_signature"
    }
}

extension AuditFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cannotOpen(let path, let code):
            "audit file `\(path)` cannot be opened for writing: \(String(cString: strerror(code)))"
        case .notAFile(let path): "audit file `\(path)` is no regular file, and a log that can be proved is"
        case .inUse(let path):
            "audit file `\(path)` is in use by another gateway; give each its own `gateway.audit.file`"
        case .corrupt(let path, let seq, let corruption):
            """
            audit file `\(Self.full(path))` is not what was written: \(corruption.rawValue) at record \(seq)
              help: `bulla audit verify` says more; to begin another log, move all files of this one together to \
            another folder: \(Self.files(path))
            """
        case .notALog(let path, let log):
            """
            `\(Self.full(path))` is no audit log of this version; an audit file of Bulla before the chain must be \
            moved away once
              help: move \(Self.files(log)) together to another folder
            """
        case .otherKey(let log, let vkey):
            """
            the audit log `\(Self.full(log))` is signed by another key (`\(vkey)`)
              help: put back `audit.pem` in the key directory, or, to begin another log, move \(Self.files(log)) \
            together to another folder
            """
        case .otherCheckpoints(let path, let origin, let log):
            """
            `\(Self.full(path))` has the checkpoints of another audit log (`\(origin)`)
              help: put back the log that they belong to, or, to begin another log, move \(Self.files(log)) \
            together to another folder
            """
        case .key(let why): "the key that signs audit checkpoints cannot be used: \(why)"
        }
    }

    /// Policies name files from their own folder on, and whoever reads this stands elsewhere.
    private static func full(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    /// What makes up the log, as shells name it.
    ///
    /// - Parameter path: of a segment.
    private static func files(_ path: String) -> String {
        let names = (LogPaths(segment: path)?.patterns ?? []).map { "`\($0)`" }
        return names.dropLast().joined(separator: ", ") + (names.last.map { " and \($0)" } ?? "")
    }
}
