package import AuditProof

/// A file of checkpoints, or of one that was exported.
package struct NoteFile: Sendable {
    package struct Entry: Sendable {
        /// Where it begins in the file, counted from 1.
        package let line: Int
        package let bytes: [UInt8]
        /// Nil where it is no note.
        package let note: SignedNote?
        /// Nil where it is no note of a checkpoint. Not verified.
        package let checkpoint: Checkpoint?
    }

    /// Years of checkpoints, one every few seconds.
    private static let mostBytes = 1 << 30

    package let path: String
    package let entries: [Entry]
    /// Whether a note at the end was not written to its end.
    package let isTorn: Bool

    package init(path: String) throws(AuditReadingFailure) {
        let file = try SegmentFile(path: path)
        guard file.length <= Self.mostBytes else { throw .tooLarge(path: path, limit: Self.mostBytes) }
        self.init(path: path, bytes: try file.bytes(0..<file.length))
    }

    init(path: String, bytes: [UInt8]) {
        self.path = path
        let (notes, torn) = CheckpointFile.notes(in: bytes[...])
        var entries: [Entry] = []
        var line = 1
        var counted = bytes.startIndex
        for note in notes {
            line += bytes[counted..<note.startIndex].count { $0 == LineEnds.lineFeed }
            counted = note.startIndex
            let parsed = try? SignedNote(parsing: note)
            let checkpoint = parsed.flatMap { try? Checkpoint(text: $0.text) }
            entries.append(Entry(line: line, bytes: Array(note), note: parsed, checkpoint: checkpoint))
        }
        self.entries = entries
        isTorn = !torn.isEmpty
    }

    /// The bytes of all of them.
    var notes: [ArraySlice<UInt8>] { entries.map { $0.bytes[...] } }
}
