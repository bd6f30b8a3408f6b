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
    private var checkpoints: [Checkpoint] = []

    init(notes: [ArraySlice<UInt8>], verifiers: [NoteVerifier]) {
        for (index, bytes) in notes.enumerated() {
            do {
                let note = try SignedNote(parsing: bytes)
                try note.verify(by: verifiers)
                checkpoints.append(try Checkpoint(text: note.text))
            } catch {
                let reason = Self.reason(error)
                findings.append(LogFinding(.badSignature, nil, line: nil, "checkpoint \(index + 1) \(reason)"))
            }
        }
        for checkpoint in checkpoints.sorted(by: { $0.size < $1.size }) { add(checkpoint) }
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
        checkpoints.filter { $0.origin != origin }.map {
            LogFinding(
                .forked, nil, line: nil,
                "a checkpoint of \($0.size) records is of the log `\($0.origin)`, this one is `\(origin)`")
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
