import AuditProof
import Crypto
import StrictCoding

/// A log as the writer makes it, in segments, with its checkpoints.
struct SampleLog {
    let signer: NoteSigner
    private(set) var lines: [[UInt8]] = []
    private(set) var notes: [[UInt8]] = []
    private(set) var trees: [CompactRange] = [CompactRange()]
    var origin: ByteString { signer.name }
    /// Knows the checkpoints, and no line yet.
    private var verifier = LogVerifier()

    /// - Parameters:
    ///   - opening: the records that begin a segment, 0 always among them.
    ///   - checkpoints: the sizes at which one is signed.
    init(
        origin: ByteString = "example.com/audit/01ARZ3NDEKTSV4RRFFQ69G5FAV", count: Int, opening: [Int] = [0],
        checkpoints: [Int] = [], key: Ed25519SigningKey? = nil, word: String = "decision"
    ) throws {
        signer = try NoteSigner(name: origin, key: key ?? .generate())
        for seq in 0..<count { append(seq, opens: seq == 0 || opening.contains(seq), word: word) }
        for size in checkpoints { notes.append(try note(size)) }
        verifier = try verifier(notes)
    }

    private func verifier(_ notes: [[UInt8]]) throws -> LogVerifier {
        LogVerifier(notes: notes.map { $0[...] }, verifiers: [try NoteVerifier(vkey: signer.vkey)])
    }

    func note(_ size: Int) throws -> [UInt8] {
        try signer.sign(Checkpoint(origin: origin, tree: trees[size])).bytes
    }

    private mutating func append(_ seq: Int, opens: Bool, word: String) {
        let prev = lines.last.map { $0.withUnsafeBytes { LogChain.link(after: $0) } }
        var line: [UInt8] = []
        LineEncoding.appendHead(
            seq: seq, prev: prev ?? LogChain.genesis(origin: origin), microseconds: 1_795_435_200_000_000 + Int64(seq),
            to: &line)
        if opens {
            let tree = trees[seq].base64Hashes.map { "\"\($0)\"" }.joined(separator: ",")
            line += Array(
                (",\"event\":\"audit.opened\",\"decision\":\"note\",\"origin\":\"\(origin)\",\"vkey\":\"\(signer.vkey)\","
                    + "\"mode\":\"required\",\"ingress\":\"enqueued\",\"version\":\"0.1.0\",\"policy_hash\":\"abc\","
                    + "\"size\":\(seq),\"tree\":[\(tree)]}").utf8)
        } else {
            line += Array(",\"event\":\"ingress.accepted\",\"\(word)\":\"allow\",\"n\":\(seq)}".utf8)
        }
        add(line)
    }

    private mutating func add(_ line: [UInt8]) {
        lines.append(line)
        var tree = trees[trees.count - 1]
        tree.append(MerkleTree.leafHash(line))
        trees.append(tree)
    }

    /// The lines from `seq` on, made anew so that each links to the one before: what whoever has the file can do.
    static func rechained(_ lines: [[UInt8]], from seq: Int) throws -> [[UInt8]] {
        var lines = lines
        for index in max(1, seq)..<lines.count {
            let head = try RecordHead(lines[index])
            let link = lines[index - 1].withUnsafeBytes { LogChain.link(after: $0) }
            lines[index].replaceSubrange(head.prevDigits, with: link.hex)
        }
        return lines
    }

    func verdict(
        _ lines: [[UInt8]]? = nil, notes: [[UInt8]]? = nil, torn: Int = 0, split: Int? = nil, goesOn: Bool = false
    ) throws -> LogVerdict {
        var verifier = try notes.map { try self.verifier($0) } ?? verifier
        var bytes: [UInt8] = []
        for line in lines ?? self.lines { bytes += line + [0x0A] }
        // In chunks of whole lines, so that what is remembered across them counts too.
        var start = 0
        for index in bytes.indices
        where bytes[index] == 0x0A && (index - start >= split ?? .max || index == bytes.count - 1) {
            verifier.take(Array(bytes[start...index]))
            start = index + 1
        }
        return verifier.finish(tornBytes: torn, goesOn: goesOn)
    }

    func first(_ lines: [[UInt8]], notes: [[UInt8]]? = nil, split: Int? = nil) throws -> Found? {
        try verdict(lines, notes: notes, split: split).findings.first.map { Found($0.corruption, $0.seq) }
    }

    struct Found: Equatable {
        let corruption: LogFinding.Corruption
        let seq: Int?

        init(_ corruption: LogFinding.Corruption, _ seq: Int?) {
            self.corruption = corruption
            self.seq = seq
        }
    }
}
