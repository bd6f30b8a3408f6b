import AuditProof
import Crypto
import StrictCoding
import Testing

@Suite struct CheckpointTests {
    private static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

    @Test func theSpecificationsExampleIsRead() throws {
        let text = Array("example.com/behind-the-sofa\n20852163\n\(Self.root)\n".utf8)
        let checkpoint = try Checkpoint(text: text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.root.base64 == Array(Self.root.utf8))
        #expect(checkpoint.text == text)
    }

    @Test func furtherLinesAreKept() throws {
        let text = Array("o\n1\n\(Self.root)\nmore\nand more\n".utf8)
        let checkpoint = try Checkpoint(text: text)
        #expect(checkpoint.extensions == ["more", "and more"])
        #expect(checkpoint.text == text)
    }

    @Test func anEmptyLogHasTheRootOfNothing() throws {
        let text = Checkpoint(origin: "o", tree: CompactRange()).text
        #expect(text == Array("o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".utf8))
        #expect(try Checkpoint(text: text).size == 0)
    }

    @Test(arguments: [
        ("o\n1\n\(root)", CheckpointError.noFinalLineFeed), ("", .noFinalLineFeed), ("o\n1\n", .missingLine),
        ("\n1\n\(root)\n", .emptyOrControl), ("o\n1\n\(root)\n\n", .emptyOrControl),
        ("o\n1\n\(root)\nx\n\ny\n", .emptyOrControl), ("o\r\n1\r\n\(root)\r\n", .emptyOrControl),
        ("o\n01\n\(root)\n", .invalidSize), ("o\n+1\n\(root)\n", .invalidSize), ("o\n-1\n\(root)\n", .invalidSize),
        ("o\n 1\n\(root)\n", .invalidSize), ("o\n1.0\n\(root)\n", .invalidSize), ("o\n0x1\n\(root)\n", .invalidSize),
        ("o\n9007199254740993\n\(root)\n", .invalidSize), ("o\n99999999999999999999\n\(root)\n", .invalidSize),
        ("o\n1\n\(root) \n", .invalidRoot), ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n", .invalidRoot),
        ("o\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n", .invalidRoot),
        ("o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", .invalidRoot), ("o\n1\nAAAA\n", .invalidRoot),
        ("o\n0\n\(root)\n", .invalidRoot),
    ])
    func whatIsNoCheckpoint(text: String, error: CheckpointError) {
        #expect(throws: error) { try Checkpoint(text: Array(text.utf8)) }
    }

    @Test func aFileOfNotesIsTakenApart() throws {
        let signer = try NoteSigner(name: "o", key: .generate())
        let notes = try (0..<5).map { try signer.sign(Array("o\n\($0)\nx\n".utf8)) }
        let file = notes.flatMap { CheckpointFile.entry($0) }
        #expect(CheckpointFile.notes(in: file[...]).notes.map { Array($0) } == notes.map(\.bytes))
        #expect(CheckpointFile.notes(in: file[...]).torn.isEmpty)
        // One that was exported has no empty line after it.
        #expect(CheckpointFile.notes(in: notes[0].bytes[...]).notes.map { Array($0) } == [notes[0].bytes])
        for cut in 1..<notes[4].bytes.count - 1 {
            let torn = CheckpointFile.notes(in: file.dropLast(cut + 1))
            #expect(torn.notes.count == 4)
            #expect(torn.torn.count == notes[4].bytes.count - cut)
        }
    }
}
