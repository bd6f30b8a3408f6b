import AuditProof
import Crypto
import Foundation
import StrictCoding

@testable import AuditReading

/// A log in a folder of its own, made as the gateway makes one.
final class TestLog {
    static let origin: ByteString = "gw.acme.example/audit/01KAVQ8Z0J7Z2G5S4N3M1K0H9F"
    /// 2026-11-23T12:00:00Z
    static let start: Int64 = 1_795_435_200_000_000

    let folder: URL
    let signer: NoteSigner
    private(set) var tree = CompactRange()
    private var prev = LogChain.genesis(origin: TestLog.origin)
    private var live: [UInt8] = []
    private var liveFirst = 0
    private var seq = 0
    private var written = 0

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("bulla-reading-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        signer = try NoteSigner(name: Self.origin, key: try Ed25519SigningKey.generate())
        opened()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var path: String { folder.appendingPathComponent("audit.jsonl").path }
    var checkpoints: String { folder.appendingPathComponent("audit.checkpoints").path }
    func file(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// One record a second.
    func record(_ members: String) {
        var line: [UInt8] = []
        LineEncoding.appendHead(
            seq: seq, prev: prev, microseconds: Self.start + Int64(seq) * 1_000_000, to: &line)
        line += Array(",\(members)}".utf8)
        prev = line.withUnsafeBytes { LogChain.link(after: $0) }
        tree.append(MerkleTree.leafHash(line))
        live += line + [0x0A]
        seq += 1
    }

    func opened() {
        let hashes = tree.base64Hashes.map { "\"\($0)\"" }.joined(separator: ",")
        record(
            #""event":"audit.opened","decision":"note","actor_sub":null,"agent_id":null,"delegation_mode":null,"#
                + #""origin":"\#(Self.origin)","vkey":"\#(signer.vkey)","mode":"required","ingress":"enqueued","#
                + #""version":"0.1.0","policy_hash":"sha256:00","size":\#(seq),"tree":[\#(hashes)]"#)
    }

    func started(_ signer: NoteSigner) {
        record(
            #""event":"audit.started","decision":"note","actor_sub":null,"agent_id":null,"delegation_mode":null,"#
                + #""origin":"\#(Self.origin)","vkey":"\#(signer.vkey)""#)
    }

    func ingress(_ actor: String, tool: String = "get_order_status", denied reason: String? = nil) {
        let decision =
            reason.map { #""event":"ingress.denied","decision":"deny","reason":"\#($0)","status":200"# }
            ?? #""event":"ingress.accepted","decision":"allow""#
        record(
            #"\#(decision),"actor_sub":"\#(actor)","agent_id":"agent_456","delegation_mode":"on_behalf_of","#
                + #""actor_tenant":"acme","txn":"T\#(seq)","upstream":"orders-mcp","mcp_name":"\#(tool)","rules":[]"#)
    }

    func egress(_ event: String, _ actor: String, txn: String, span: String? = nil) {
        let span = span.map { #""span_id":"\#($0)","# } ?? ""
        record(
            #""event":"egress.\#(event)","decision":"allow","actor_sub":"\#(actor)","agent_id":"agent_456","#
                + #""delegation_mode":"on_behalf_of","txn":"\#(txn)",\#(span)"presenter":"orders-mcp","target":"orders_api","#
                + #""method":"GET","path":"/orders/*","rules":[]"#)
    }

    func checkpoint() throws {
        try checkpoint(by: signer)
    }

    func checkpoint(by signer: NoteSigner) throws {
        let note = try signer.sign(Checkpoint(origin: Self.origin, tree: tree))
        append(CheckpointFile.entry(note)[...], to: checkpoints)
    }

    func flush() throws { try Data(live).write(to: URL(fileURLWithPath: path)) }

    func rotate() throws {
        try Data(live).write(to: URL(fileURLWithPath: rotated))
        live = []
        liveFirst = seq
        opened()
    }

    /// What the live file will be called.
    private var rotated: String {
        let digits = String(liveFirst)
        return file("audit." + String(repeating: "0", count: 12 - digits.count) + digits + ".jsonl")
    }

    // MARK: - As the gateway writes it, for whoever reads at the same time

    /// Appends what is not in the live file yet, in two pieces.
    func write() {
        let middle = written + (live.count - written) / 2
        append(live[written..<middle], to: path)
        append(live[middle...], to: path)
        written = live.count
    }

    /// Renames the live file and begins another.
    func moveOn() {
        write()
        rename(path, rotated)
        (live, written, liveFirst) = ([], 0, seq)
        append([], to: path)
        opened()
        write()
    }

    private func append(_ bytes: ArraySlice<UInt8>, to path: String) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        bytes.withUnsafeBytes { precondition(Foundation.write(descriptor, $0.baseAddress, $0.count) == $0.count) }
    }

    // MARK: - As others change it

    /// Changes the lines of the live file.
    func rewrite(_ change: (inout [String]) -> Void) throws {
        var lines = String(decoding: live, as: UTF8.self).split(separator: "\n").map { String($0) }
        change(&lines)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    }

    func report(keys: [NoteVerifier]? = nil) throws -> LogReport {
        let given = try keys ?? [NoteVerifier(vkey: signer.vkey)]
        return try Self.report(LogSnapshot(.live(path)), keys: given)
    }

    static func report(_ snapshot: LogSnapshot, keys: [NoteVerifier] = []) throws -> LogReport {
        try LogVerification.report(snapshot, keys: TrustedKeys(keys, for: snapshot.files))
    }
}
