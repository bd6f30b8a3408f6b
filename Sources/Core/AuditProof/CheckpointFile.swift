/// The file of a log's checkpoints: notes, one after the other, with an empty line after each.
///
/// The text of a checkpoint has no empty line, so that two of them end a note: the one before its signatures and the
/// one after.
package enum CheckpointFile {
    /// What is appended for one note.
    package static func entry(_ note: SignedNote) -> [UInt8] {
        note.bytes + [0x0A]
    }

    /// The bytes of the notes, which may be anything, and what is left of one that was not written to its end.
    ///
    /// A single note without an empty line after it, such as one that was exported, is one too.
    package static func notes(in bytes: ArraySlice<UInt8>) -> (notes: [ArraySlice<UInt8>], torn: ArraySlice<UInt8>) {
        var notes: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        var lineStart = start
        var hasText = false
        for index in bytes.indices where bytes[index] == 0x0A {
            defer { lineStart = index + 1 }
            guard index == lineStart else { continue }
            if index == start {
                // More empty lines than needed stand for nothing.
                start = index + 1
            } else if hasText {
                notes.append(bytes[start..<index])
                start = index + 1
                hasText = false
            } else {
                hasText = true
            }
        }
        let rest = bytes[start...]
        if hasText, rest.last == 0x0A, (try? SignedNote(parsing: rest)) != nil { return (notes + [rest], []) }
        return (notes, rest)
    }
}
