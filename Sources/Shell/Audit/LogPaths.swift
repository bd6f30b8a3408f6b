import AuditProof
import Foundation

/// Where a log's files are: the live one as the policy names it, and those beside it.
struct LogPaths: Sendable {
    let live: String
    let name: SegmentName
    /// With a slash at its end, or empty.
    private let prefix: String

    /// - Returns: nil where the path names no file.
    init?(live: String) {
        let file = live.lastIndex(of: "/").map { String(live[live.index(after: $0)...]) } ?? live
        guard !file.isEmpty, file != ".", file != ".." else { return nil }
        self.live = live
        prefix = String(live.dropLast(file.count))
        name = SegmentName(live: file)
    }

    /// The log to which a segment belongs, live or not.
    init?(segment path: String) {
        self.init(live: path)
        // `<stem>.<twelve digits or more>.jsonl`
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 2, parts[parts.count - 1] == "jsonl", parts[parts.count - 2].utf8.count >= 12,
            parts[parts.count - 2].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return }
        self.init(live: parts.dropLast(2).joined(separator: ".") + ".jsonl")
    }

    var folder: String { prefix.isEmpty ? "." : prefix }
    var checkpoints: String { path(name.checkpoints) }
    /// Of the one writer: the live file changes under it, and this never does.
    var lock: String { path(name.checkpoints.dropLast("checkpoints".utf8.count) + "lock") }

    func path(_ file: String) -> String { prefix + file }
    func rotated(first seq: Int) -> String { path(name.rotated(first: seq)) }

    /// The names of the segments, in the order of their records.
    func segments() throws(AuditFailure) -> [String] {
        name.segments(among: try names())
    }

    /// What belongs to the log and must stay together, as shells name it.
    var patterns: [String] {
        let stem = name.checkpoints.dropLast("checkpoints".utf8.count)
        return [name.live, stem + "[0-9]*.jsonl", name.torn(seq: 0, number: 0).dropLast(3) + "*", name.checkpoints]
    }

    /// The files of torn lines that were cut off before records from `first` on.
    func torn(from first: Int) throws(AuditFailure) -> [String] {
        try names().filter { file in
            if case .torn(let seq, _) = name.kind(of: file) { seq >= first } else { false }
        }.sorted()
    }

    private func names() throws(AuditFailure) -> [String] {
        guard let directory = opendir(folder) else { throw .cannotOpen(path: live, errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }
}
