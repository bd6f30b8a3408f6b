import AuditProof
import Foundation
import StrictCoding

/// Torn lines that were set aside by a start that did not live to say so.
enum UntoldRemains {
    /// What the log is to say of them.
    ///
    /// - Parameters:
    ///   - live: the file of the live segment, `length` bytes of which are whole lines.
    ///   - first: the `seq` of its first record; what was set aside before is told in segments before.
    ///   - told: what the log is about to say.
    static func notes(
        _ paths: LogPaths, live: Int32, length: off_t, from first: Int, told: [LogNote]
    ) throws(AuditFailure) -> [LogNote] {
        let names = try paths.torn(from: first).filter { name in
            !told.contains { if case .recovered(_, _, let file) = $0 { file == ByteString(name) } else { false } }
        }
        guard !names.isEmpty else { return [] }
        guard let lines = FileCalls.read(live, 0..<length) else { throw .cannotOpen(path: paths.live, errno: errno) }
        return names.compactMap { name in
            guard !tells(lines, of: name), let torn = FileManager.default.contents(atPath: paths.path(name)),
                !torn.isEmpty
            else { return nil }
            return .recovered(
                sha256: ByteString(Digest(of: Array(torn)).hex), length: torn.count, file: ByteString(name))
        }
    }

    private static func tells(_ lines: [UInt8], of name: String) -> Bool {
        Data(lines).range(of: Data("\"file\":\"\(name)\"".utf8)) != nil
    }
}
