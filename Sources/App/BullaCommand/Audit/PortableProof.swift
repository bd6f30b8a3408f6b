import AuditProof
import AuditReading
import StrictCoding

/// A proof that can be checked without the log, as one JSON object.
enum PortableProof {
    case inclusion(InclusionProof, root: Digest, line: [UInt8], note: [UInt8]?)
    case consistency(ConsistencyProof, firstRoot: Digest, secondRoot: Digest, notes: ([UInt8]?, [UInt8]?))

    private static let limits = JSONLimits(bytes: 4 << 20, depth: 4, members: 1_000)

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { document in
            switch self {
            case .inclusion(let proof, let root, let line, let note):
                document.member("kind", "inclusion")
                document.member("seq", proof.index)
                document.member("size", proof.size)
                document.member("line_base64", ByteString(Base64.encode(line)))
                document.member("leaf", ByteString(MerkleTree.leafHash(line).base64))
                document.member("root", ByteString(root.base64))
                document.member("path", array: proof.path.map { ByteString($0.base64) })
                if let note { document.member("checkpoint", ByteString(note)) }
            case .consistency(let proof, let firstRoot, let secondRoot, let notes):
                document.member("kind", "consistency")
                document.member("first_size", proof.first)
                document.member("second_size", proof.second)
                document.member("first_root", ByteString(firstRoot.base64))
                document.member("second_root", ByteString(secondRoot.base64))
                document.member("path", array: proof.path.map { ByteString($0.base64) })
                if let note = notes.0 { document.member("first_checkpoint", ByteString(note)) }
                if let note = notes.1 { document.member("second_checkpoint", ByteString(note)) }
            }
        }
        return writer.bytes
    }

    /// Nil for anything but what `json` makes.
    init?(parsing bytes: [UInt8]) {
        guard let root = try? JSONDocument(parsing: bytes, limits: Self.limits).root,
            let names = root["path"]?.elements
        else { return nil }
        let path = names.compactMap { Self.digest($0) }
        guard path.count == names.count else { return nil }
        switch root["kind"]?.text {
        case "inclusion":
            guard let seq = Self.number(root["seq"]), let size = Self.number(root["size"]),
                let line = root["line_base64"]?.text.flatMap({ Base64.decode($0.bytes[...]) }),
                Self.digest(root["leaf"]) != nil, let treeRoot = Self.digest(root["root"])
            else { return nil }
            self = .inclusion(
                InclusionProof(index: seq, size: size, path: path), root: treeRoot, line: line,
                note: root["checkpoint"]?.text?.bytes)
        case "consistency":
            guard let first = Self.number(root["first_size"]), let second = Self.number(root["second_size"]),
                let firstRoot = Self.digest(root["first_root"]), let secondRoot = Self.digest(root["second_root"])
            else { return nil }
            self = .consistency(
                ConsistencyProof(first: first, second: second, path: path), firstRoot: firstRoot,
                secondRoot: secondRoot,
                notes: (root["first_checkpoint"]?.text?.bytes, root["second_checkpoint"]?.text?.bytes))
        default: return nil
        }
    }

    /// Why it does not hold; nil where it does.
    func mistake(keys: [NoteVerifier]) -> String? {
        switch self {
        case .inclusion(let proof, let root, let line, let note):
            guard (try? RecordHead(line))?.seq == proof.index else { return "the line is not record \(proof.index)" }
            guard proof.verifies(leaf: MerkleTree.leafHash(line), root: root) else {
                return "the record does not lead to the root"
            }
            return Self.mistake(in: note, size: proof.size, root: root, keys)
        case .consistency(let proof, let firstRoot, let secondRoot, let notes):
            guard proof.verifies(firstRoot: firstRoot, secondRoot: secondRoot) else {
                return "the first \(proof.first) records are not the beginning of the \(proof.second)"
            }
            return Self.mistake(in: notes.0, size: proof.first, root: firstRoot, keys)
                ?? Self.mistake(in: notes.1, size: proof.second, root: secondRoot, keys)
        }
    }

    /// Whether every root that it is about comes with a checkpoint.
    var isSigned: Bool {
        switch self {
        case .inclusion(_, _, _, let note): note != nil
        case .consistency(_, _, _, let notes): notes.0 != nil && notes.1 != nil
        }
    }

    var sentence: String {
        switch self {
        case .inclusion(let proof, let root, let line, _):
            "record \(proof.index) is one of the \(proof.size) records under root "
                + String(decoding: root.base64, as: UTF8.self) + "\n" + RecordRow(line).cells.joined(separator: "  ")
        case .consistency(let proof, _, let root, _):
            "the first \(proof.first) records are the beginning of the \(proof.second) under root "
                + String(decoding: root.base64, as: UTF8.self)
        }
    }

    private static func mistake(in bytes: [UInt8]?, size: Int, root: Digest, _ keys: [NoteVerifier]) -> String? {
        guard let bytes else { return nil }
        guard let note = try? SignedNote(parsing: bytes), let checkpoint = try? Checkpoint(text: note.text) else {
            return "its checkpoint is none"
        }
        guard checkpoint.size == size, checkpoint.root == root else { return "its checkpoint signs another root" }
        guard keys.isEmpty || (keys.contains { $0.name == checkpoint.origin } && (try? note.verify(by: keys)) != nil)
        else { return "its checkpoint is not signed by the key" }
        return nil
    }

    private static func digest(_ value: JSONValue?) -> Digest? { value?.text.flatMap { Digest(base64: $0) } }

    private static func number(_ value: JSONValue?) -> Int? { value?.integer.flatMap { Int(exactly: $0) } }
}
