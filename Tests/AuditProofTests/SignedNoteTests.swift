import AuditProof
import Crypto
import StrictCoding
import Testing

@Suite struct SignedNoteTests {
    /// The examples of Go's package `note` and of the C2SP specification.
    private static let published: [(vkey: ByteString, note: String)] = [
        (
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            """
            If you think cryptography is the answer to your problem,
            then you don't know what your problem is.

            — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

            """
        ),
        (
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            """
            This is an example message.

            — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

            """
        ),
    ]

    @Test(arguments: published)
    func publishedNotesVerify(vkey: ByteString, text: String) throws {
        let verifier = try NoteVerifier(vkey: vkey)
        let note = try SignedNote(parsing: Array(text.utf8))
        try note.verify(by: [verifier])
        #expect(note.bytes == Array(text.utf8))
        #expect(note.signatures.map(\.name) == [verifier.name])
    }

    /// Ed25519 gives one signature for one message, so that ours must be Go's.
    @Test func theKnownKeySignsAsItDoesElsewhere() throws {
        let secret = try #require(Base64.decode(Array("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz".utf8)[...]))
        let key = try Ed25519SigningKey(seed: SecretBytes(Array(secret.dropFirst())))
        let signer = try NoteSigner(name: "PeterNeumann", key: key)
        let (vkey, text) = Self.published[0]
        #expect(signer.vkey == vkey)
        #expect(try signer.sign(SignedNote(parsing: Array(text.utf8)).text).bytes == Array(text.utf8))
    }

    @Test func everyChangedBitBreaksANote() throws {
        let (vkey, text) = Self.published[1]
        let verifier = try NoteVerifier(vkey: vkey)
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                #expect(throws: NoteError.self) { try SignedNote(parsing: changed).verify(by: [verifier]) }
            }
        }
    }

    @Test func othersSignaturesAreIgnoredAndWrongOnesAreNot() throws {
        let log = try NoteSigner(name: "log", key: .generate())
        let witness = try NoteSigner(name: "witness", key: .generate())
        let impostor = try NoteSigner(name: "log", key: .generate())
        let text = Array("one\n\ntwo\n".utf8)
        let (own, seen) = try (NoteVerifier(vkey: log.vkey), NoteVerifier(vkey: witness.vkey))
        var note = try log.sign(text)
        note.add(try witness.sign(text).signatures[0])
        note.add(try impostor.sign(text).signatures[0])
        #expect(try SignedNote(parsing: note.bytes) == note)
        try note.verify(by: [own])
        try note.verify(by: [seen])
        try note.verify(by: [own, seen])
        #expect(throws: NoteError.unknownKey) { try impostor.sign(text).verify(by: [own, seen]) }
        #expect(throws: NoteError.unknownKey) { try note.verify(by: []) }
        var wrong = try log.sign(text)
        wrong.add(try witness.sign(Array("three\n".utf8)).signatures[0])
        try wrong.verify(by: [own])
        #expect(throws: NoteError.badSignature) { try wrong.verify(by: [own, seen]) }
    }

    @Test(arguments: [
        "", "\n", "text\n", "text\n\n", "\n— a AAAAAAA=\n", "text\n\n— a AAAAAAA=", "text\n— a AAAAAAA=\n",
        "text\n\n- a AAAAAAA=\n", "text\n\n—a AAAAAAA=\n", "text\n\n— a  AAAAAAA=\n", "text\n\n—  AAAAAAA=\n",
        "text\n\n— a+b AAAAAAA=\n", "text\n\n— a\u{A0}b AAAAAAA=\n", "text\n\n— a AAAAAAA\n", "text\n\n— a AAAAAA==\n",
        "text\n\n— a AAAAAAB=\n", "text\n\n— a AAAA-AA=\n", "text\n\n— a AAAAAAA= \n", "text\n\n— a AAAAAAA=\nrest\n",
        "te\u{1}xt\n\n— a AAAAAAA=\n", "text\r\n\r\n— a AAAAAAA=\r\n", "te\txt\n\n— a AAAAAAA=\n",
        "text\n\n— a AAAAAAA=\n\n",
    ])
    func whatIsNoNote(text: String) {
        #expect(throws: NoteError.self) { try SignedNote(parsing: Array(text.utf8)) }
    }

    @Test func aNoteIsUTF8AndHasBounds() throws {
        let end = "\n\n— a AAAAAAA=\n"
        #expect(throws: NoteError.notText) { try SignedNote(parsing: [0x61, 0xFF] + Array(end.utf8)) }
        let long = String(repeating: "x", count: NoteLimits.bytes)
        #expect(throws: NoteError.tooLong) { try SignedNote(parsing: Array((long + end).utf8)) }
        let line = "— a AAAAAAA=\n"
        let most = "text\n\n" + String(repeating: line, count: NoteLimits.signatures)
        #expect(try SignedNote(parsing: Array(most.utf8)).signatures.count == NoteLimits.signatures)
        #expect(throws: NoteError.tooLong) { try SignedNote(parsing: Array((most + line).utf8)) }
    }

    @Test(arguments: [
        ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", NoteKeyError.wrongKeyID),
        ("PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .wrongKeyID),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX", .wrongKeyID),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .malformed),
        ("PeterNeumann+c74f20+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .malformed),
        ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .malformed),
        ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .malformed),
        ("PeterNeumann+c74f20a3", .malformed), ("PeterNeumann+c74f20a3+", .malformed), ("", .malformed),
        ("PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .unknownType(4)),
    ])
    func whatIsNoVerifierKey(vkey: String, error: NoteKeyError) {
        #expect(throws: error) { try NoteVerifier(vkey: ByteString(vkey)) }
    }

    @Test(arguments: ["", "a b", "a+b", "a\u{2003}b", "a\nb"])
    func aSignerHasAName(name: String) throws {
        let key = try Ed25519SigningKey.generate()
        #expect(throws: NoteKeyError.invalidName) { try NoteSigner(name: ByteString(name), key: key) }
    }
}
