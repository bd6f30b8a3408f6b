import AuditProof
import StrictCoding

/// Checkpoints and the notes that carry them: what is read is written again byte for byte, and nobody's signature is
/// believed who did not sign.
enum SignedNotes {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        if let note = try? SignedNote(parsing: input) {
            try promise(note.signatures.count <= NoteLimits.signatures, "\(note.signatures.count) signatures")
            let again = try? SignedNote(parsing: note.bytes)
            try promise(again == note, "a note reads otherwise when it is written again")
            let isBelieved = (try? note.verify(by: [stranger])) != nil
            try promise(!isBelieved || note.text == published, "a note that nobody signed")
        }
        if let checkpoint = try? Checkpoint(text: input) {
            try promise(checkpoint.text == input, "a checkpoint has two spellings")
            try promise((0...CheckpointLimits.size).contains(checkpoint.size), "a size of \(checkpoint.size)")
        }
        if let key = try? NoteVerifier(vkey: ByteString(input)) {
            try promise(key.vkey.bytes == input, "a key has two spellings")
        }
        let (notes, torn) = CheckpointFile.notes(in: input[...])
        try promise(notes.reduce(torn.count) { $0 + $1.count } <= input.count, "more notes than bytes")
        let whole = notes.compactMap { try? SignedNote(parsing: $0) }
        let written = whole.flatMap { CheckpointFile.entry($0) }
        let again = CheckpointFile.notes(in: written[...]).notes.compactMap { try? SignedNote(parsing: $0) }
        try promise(again == whole, "\(whole.count) notes became \(again.count)")
    }

    /// The one text whose signature by the key below is known to the world.
    private static let published = Array(
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n".utf8)

    /// The key of the example in Go's documentation, which no input has the private half of.
    private static let stranger: NoteVerifier = {
        let vkey: ByteString = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        guard let key = try? NoteVerifier(vkey: vkey) else { fatalError("not a verifier key: \(vkey)") }
        return key
    }()
}
