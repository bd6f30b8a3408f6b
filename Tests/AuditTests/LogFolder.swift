import AuditProof
import Crypto
import Foundation
import StrictCoding
import Testing

@testable import Audit

/// A log of one test, with looks at what lies on disk.
final class LogFolder: Sendable {
    let path: String
    var log: String { path + "/audit.jsonl" }
    private let key: Ed25519SigningKey
    static let name = SegmentName(live: "audit.jsonl")

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/bulla-audit-XXXXXX").utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
        key = try Ed25519SigningKey.generate()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func settings(_ change: (inout AuditLogSettings) -> Void = { _ in }) -> AuditLogSettings {
        var settings = AuditLogSettings(
            path: log, host: "127.0.0.1:8080", version: "1.2.3", policyHash: Sample.epoch.policy.digest, key: key,
            // On a machine under load no test is to meet one that it does not ask for.
            checkpointSeconds: 3_600)
        change(&settings)
        return settings
    }

    func open(
        loops: Int = 1, capacity: Int = 1_000, mode: AuditMode = .required, calls: FileCalls = FileCalls(),
        now: @escaping @Sendable () -> Int64 = { 1_795_478_400_000_000 },
        report: @escaping @Sendable (AuditReport) -> Void = { _ in },
        change: (inout AuditLogSettings) -> Void = { _ in }
    ) throws(AuditFailure) -> AuditLog {
        let settings = settings {
            $0.mode = mode
            change(&$0)
        }
        return try AuditLog(settings, loops: loops, capacity: capacity, calls: calls, now: now, report: report)
    }

    // MARK: - Contents

    /// All files, by name.
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    var segments: [String] { get throws { Self.name.segments(among: try names) } }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    func write(_ bytes: [UInt8], _ name: String = "audit.jsonl") throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    /// The lines of all segments; all are whole.
    var lines: [[UInt8]] {
        get throws {
            try segments.flatMap { name -> [[UInt8]] in
                let bytes = try bytes(name)
                #expect(bytes.isEmpty || bytes.last == 0x0A, "\(name) ends in a whole line")
                return bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map(Array.init)
            }
        }
    }

    var records: [JSONValue] {
        get throws { try lines.map { try JSONDocument(parsing: $0, limits: OpenedRecord.limits).root } }
    }

    var events: [String] { get throws { try records.map { $0["event"]?.text?.string ?? "" } } }

    /// The transactions of the log's records, in order.
    var transactions: [String] { get throws { try records.compactMap { $0["txn"]?.text?.string } } }

    var checkpoints: [Checkpoint] {
        get throws {
            guard try names.contains("audit.checkpoints") else { return [] }
            let found = CheckpointFile.notes(in: try bytes("audit.checkpoints")[...])
            #expect(found.torn.isEmpty)
            return try found.notes.map { try Checkpoint(text: try SignedNote(parsing: $0).text) }
        }
    }

    /// What the verifier finds, knowing the log's files and its key.
    func verdict() throws -> LogVerdict {
        let segments = try segments
        let first = try #require(segments.compactMap { try? bytes($0) }.first { !$0.isEmpty })
        let opened = try OpenedRecord(Array(first.prefix { $0 != 0x0A }))
        let vkey = try NoteSigner(name: opened.origin, key: key).vkey
        let file = try names.contains("audit.checkpoints") ? bytes("audit.checkpoints") : []
        var verifier = LogVerifier(
            notes: CheckpointFile.notes(in: file[...]).notes, verifiers: [try NoteVerifier(vkey: vkey)])
        var torn = 0
        for name in segments {
            let bytes = try bytes(name)
            let whole = (bytes.lastIndex(of: 0x0A) ?? -1) + 1
            torn = bytes.count - whole
            verifier.take(Array(bytes[..<whole]))
        }
        return verifier.finish(tornBytes: torn)
    }

    /// That the log is whole, to the end covered by checkpoints, and its times never go back.
    func expectProved(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let verdict = try verdict()
        #expect(verdict.findings.isEmpty, comment, sourceLocation: sourceLocation)
        #expect(verdict.incomplete.isEmpty, comment, sourceLocation: sourceLocation)
        #expect(verdict.seqs.lowerBound == 0, comment, sourceLocation: sourceLocation)
        let times = try records.compactMap { $0["ts"]?.text?.string }
        #expect(times == times.sorted(), comment, sourceLocation: sourceLocation)
    }

    var size: Int {
        var status = stat()
        return stat(log, &status) == 0 ? Int(status.st_size) : -1
    }
}
