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

    /// - Parameter isGiven: the file was named as one of checkpoints, so that there should be one in it.
    package init(path: String, isGiven: Bool = false) throws(AuditReadingFailure) {
        let file = try SegmentFile(path: path)
        guard file.length <= Self.mostBytes else { throw .tooLarge(path: path, limit: Self.mostBytes) }
        var bytes = try file.bytes(0..<file.length)
        if isGiven {
            let isText = bytes.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
            guard isText, String(validating: Self.withoutBegunCharacter(bytes), as: UTF8.self) != nil else {
                throw .notText(path: path)
            }
            // Whoever copies a note easily loses its last line feed. One that somebody is still writing has no end yet.
            if NoteReader.endsWhole(bytes) { bytes.append(LineEnds.lineFeed) }
        }
        self.init(path: path, bytes: bytes)
        if isGiven, !entries.contains(where: { $0.checkpoint != nil }) { throw .noCheckpoint(path: path) }
    }

    init(path: String, bytes: [UInt8]) {
        self.path = path
        let reader = NoteReader(bytes)
        entries = reader.notes.map { found in
            let parsed = try? SignedNote(parsing: found.bytes)
            let checkpoint = parsed.flatMap { try? Checkpoint(text: $0.text) }
            return Entry(line: found.line, bytes: found.bytes, note: parsed, checkpoint: checkpoint)
        }
        isTorn = reader.isTorn
    }

    /// Whoever is still writing may have written a part of a character.
    private static func withoutBegunCharacter(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let rest = bytes.suffix(3)
        guard let lead = rest.lastIndex(where: { $0 & 0xC0 != 0x80 }), bytes[lead] >= 0xC0 else { return bytes[...] }
        let count = bytes[lead] < 0xE0 ? 2 : bytes[lead] < 0xF0 ? 3 : 4
        return bytes.count - lead < count ? bytes[..<lead] : bytes[...]
    }

    /// The bytes of all of them.
    var notes: [ArraySlice<UInt8>] { entries.map { $0.bytes[...] } }
}
