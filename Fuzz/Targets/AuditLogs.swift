import AuditProof
import StrictCoding

/// Audit logs: however the bytes are cut, the verdict is the same, and a log that is called whole is one in which every
/// line names the digest of the line before.
enum AuditLogs {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let end = input.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let lines = Array(input[..<end])
        var whole = LogVerifier()
        whole.take(lines)
        let verdict = whole.finish(tornBytes: input.count - end)
        var cut = LogVerifier()
        for line in lines.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            cut.take(Array(line) + [0x0A])
        }
        try promise(cut.finish(tornBytes: input.count - end) == verdict, "line by line the verdict is another one")
        guard verdict.isWhole else { return }
        var link: Digest?
        for line in lines.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            guard let head = try? RecordHead(Array(line)) else {
                throw BrokenPromise("whole, with a line that is none")
            }
            if let link { try promise(head.prev == link, "whole, though the chain breaks at \(head.seq)") }
            link = Array(line).withUnsafeBytes { LogChain.link(after: $0) }
        }
    }
}
