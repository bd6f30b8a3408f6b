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

    func ingress(_ actor: String, tool: String = "get_order_status", denied reason: String? = nil) {
        let decision =
            reason.map { #""event":"ingress.denied","decision":"deny","reason":"\#($0)","status":200"# }
            ?? #""event":"ingress.accepted","decision":"allow""#
        record(
            #"\#(decision),"actor_sub":"\#(actor)","agent_id":"agent_456","delegation_mode":"on_behalf_of","#
                + #""actor_tenant":"acme","txn":"T\#(seq)","upstream":"orders-mcp","mcp_name":"\#(tool)","rules":[]"#)
    }

    func egress(_ event: String, _ actor: String, txn: String) {
        record(
            #""event":"egress.\#(event)","decision":"allow","actor_sub":"\#(actor)","agent_id":"agent_456","#
                + #""delegation_mode":"on_behalf_of","txn":"\#(txn)","presenter":"orders-mcp","target":"orders_api","#
                + #""method":"GET","path":"/orders/*","rules":[]"#)
    }

    func checkpoint() throws {
        let note = try signer.sign(Checkpoint(origin: Self.origin, tree: tree))
        let old = FileManager.default.contents(atPath: checkpoints) ?? Data()
        try (old + Data(CheckpointFile.entry(note))).write(to: URL(fileURLWithPath: checkpoints))
    }

    func flush() throws { try Data(live).write(to: URL(fileURLWithPath: path)) }

    func rotate() throws {
        let digits = String(liveFirst)
        let name = "audit." + String(repeating: "0", count: 12 - digits.count) + digits + ".jsonl"
        try Data(live).write(to: URL(fileURLWithPath: file(name)))
        live = []
        liveFirst = seq
        opened()
    }

    /// Changes the lines of the live file.
    func rewrite(_ change: (inout [String]) -> Void) throws {
        var lines = String(decoding: live, as: UTF8.self).split(separator: "\n").map { String($0) }
        change(&lines)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    }

    func report(keys: [NoteVerifier]? = nil) throws -> LogReport {
        let log = try LogFiles.log(path)
        let notes = try log.checkpointFiles.map { try NoteFile(path: $0) }
        let given = try keys ?? [NoteVerifier(vkey: signer.vkey)]
        return try LogVerification.report(log, notes: notes, keys: TrustedKeys(given, for: log))
    }
}
