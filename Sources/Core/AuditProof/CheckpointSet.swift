import StrictCoding

/// The checkpoints known of a log, by size, after their signatures were verified.
struct CheckpointSet: Sendable {
    /// Of one size there should be one root; the log must have all that there are.
    struct Entry: Sendable {
        let size: Int
        var roots: [Digest]
        /// How many notes say so.
        var count: Int
    }

    private(set) var entries: [Entry] = []
    private(set) var findings: [LogFinding] = []
    /// How many notes a trusted key signed.
    private(set) var verified = 0
    /// How many notes no trusted key signed.
    private(set) var strangers = 0
    private var checkpoints: Set<Checkpoint> = []

    /// - Parameters:
    ///   - origin: checkpoints of other logs are not compared with this one.
    ///   - areKeysTheLogs: whether the log itself named the keys.
    init(notes: [ArraySlice<UInt8>], verifiers: [NoteVerifier], origin: ByteString?, areKeysTheLogs: Bool) {
        var strange: [LogFinding] = []
        for (index, bytes) in notes.enumerated() {
            do {
                let note = try SignedNote(parsing: bytes)
                try note.verify(by: verifiers)
                verified += 1
                checkpoints.insert(try Checkpoint(text: note.text))
            } catch {
                let isStrange = error as? NoteError == .unknownKey
                let reason =
                    isStrange && areKeysTheLogs
                    ? "is signed by a key that the log does not name; \(Self.names(verifiers))" : Self.reason(error)
                let finding = LogFinding(.badSignature, nil, line: nil, "checkpoint \(index + 1) \(reason)")
                if isStrange, let origin, let other = Self.origin(of: bytes), other != origin {
                    let message = "checkpoint \(index + 1) is of another log, `\(other)`; this one is `\(origin)`"
                    strange.append(LogFinding(.otherLog, nil, line: nil, message))
                } else if isStrange {
                    strange.append(finding)
                } else {
                    findings.append(finding)
                }
            }
        }
        strangers = strange.count
        if verified > 0 || areKeysTheLogs { findings += strange }
        let own = checkpoints.filter { origin == nil || $0.origin == origin }
        for checkpoint in own.sorted(by: { $0.size < $1.size }) { add(checkpoint) }
    }

    /// What a note says that nobody trusted has signed.
    private static func origin(of note: ArraySlice<UInt8>) -> ByteString? {
        (try? SignedNote(parsing: note)).flatMap { try? Checkpoint(text: $0.text) }?.origin
    }

    private static func names(_ verifiers: [NoteVerifier]) -> String {
        verifiers.isEmpty
            ? "it names none" : "it names " + verifiers.map { "`\($0.vkey)`" }.joined(separator: ", ")
    }

    private mutating func add(_ checkpoint: Checkpoint) {
        guard var entry = entries.last, entry.size == checkpoint.size else {
            return entries.append(Entry(size: checkpoint.size, roots: [checkpoint.root], count: 1))
        }
        entry.count += 1
        if !entry.roots.contains(checkpoint.root) { entry.roots.append(checkpoint.root) }
        entries[entries.count - 1] = entry
    }

    /// The root that was signed for a log of this size, if there is just one.
    func root(at size: Int) -> Digest? {
        guard let entry = entries.first(where: { $0.size == size }), entry.roots.count == 1 else { return nil }
        return entry.roots[0]
    }

    /// Signed checkpoints of other logs than `origin`.
    func foreign(to origin: ByteString) -> [LogFinding] {
        checkpoints.filter { $0.origin != origin }.sorted { $0.size < $1.size }.map {
            LogFinding(
                .otherLog, nil, line: nil,
                "a checkpoint of \($0.size) records is of another log, `\($0.origin)`; this one is `\(origin)`")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case NoteError.unknownKey: "is not signed by the key given"
        case NoteError.badSignature: "has a signature that is not by the key it names"
        case NoteError.tooLong: "is too long for a signed note"
        case NoteError.notText, NoteError.malformed: "is not a signed note"
        default: "is signed, but its text is not a checkpoint"
        }
    }
}
