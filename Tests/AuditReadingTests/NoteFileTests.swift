import AuditProof
import Foundation
import Testing

@testable import AuditReading

@Suite struct NoteFileTests {
    /// A log of 12 records, and two notes over it.
    private func notes() throws -> (TestLog, [String]) {
        let log = try TestLog()
        try log.checkpoint()
        for _ in 0..<11 { log.ingress("alice") }
        try log.checkpoint()
        try log.flush()
        return (log, try NoteFile(path: log.checkpoints).entries.map { String(decoding: $0.bytes, as: UTF8.self) })
    }

    private func sizes(_ text: String) -> [Int?] {
        NoteFile(path: "x", bytes: Array(text.utf8)).entries.map { $0.checkpoint?.size }
    }

    @Test func notesAreFoundHoweverTheyAreKept() throws {
        let (_, notes) = try notes()
        #expect(sizes(notes[0] + "\n" + notes[1] + "\n") == [1, 12])
        #expect(sizes(notes[0] + notes[1]) == [1, 12])
        #expect(sizes("\n\n" + notes[0] + "\n\n\n" + notes[1]) == [1, 12])
        #expect(sizes((notes[0] + "\n" + notes[1]).replacing("\n", with: "\r\n")) == [1, 12])
        let printed = notes.map { note in
            #"{"audit_checkpoint":{"origin":"o","size":1,"root":"r","note":""#
                + note.replacing("\n", with: #"\n"#) + #""}}"# + "\n"
        }
        #expect(sizes("started\n" + printed[0] + #"{"level":"info"}"# + "\nmore\n\n" + printed[1]) == [1, 12])
        #expect(sizes(notes[0] + "\njunk\n\njunk\n\n" + notes[1]) == [1, nil, 12])
    }

    @Test func aNoteThatIsCutOffIsTorn() throws {
        let (_, notes) = try notes()
        for cut in [1, 20, 100] {
            let file = NoteFile(path: "x", bytes: Array((notes[0] + "\n" + notes[1]).utf8.dropLast(cut)))
            #expect(file.entries.map { $0.checkpoint?.size } == [1])
            #expect(file.isTorn)
        }
    }

    @Test func aNoteThatIsBeingAppendedToANamedFileIsNoNoteYet() throws {
        let (log, notes) = try notes()
        let path = log.file("given.txt")
        for separator in ["\n", ""] {
            let whole = Array((notes[0] + separator + notes[1]).utf8)
            for count in notes[0].utf8.count..<whole.count {
                try Data(whole[..<count]).write(to: URL(fileURLWithPath: path))
                let file = try NoteFile(path: path, isGiven: true)
                // Without its last line feed it is whole.
                let isWhole = count == whole.count - 1
                #expect(file.entries.map { $0.checkpoint?.size } == (isWhole ? [1, 12] : [1]), "\(count)")
            }
        }
    }

    @Test func aFileThatIsNamedHasOne() throws {
        let (log, notes) = try notes()
        let path = log.file("given.txt")
        try Data("nothing\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: AuditReadingFailure.noCheckpoint(path: path)) { try NoteFile(path: path, isGiven: true) }
        try Data([0x1F, 0x8B, 0x00]).write(to: URL(fileURLWithPath: path))
        #expect(throws: AuditReadingFailure.notText(path: path)) { try NoteFile(path: path, isGiven: true) }
        try Data(notes[1].utf8.dropLast()).write(to: URL(fileURLWithPath: path))
        #expect(try NoteFile(path: path, isGiven: true).entries.count == 1)
    }

    @Test(
        arguments: [
            ("\u{1F}compressed\n", "its lines are not records"), ("PK\u{3}\u{4}", "compressed"),
            (#"{"ts":"2026-01-01T00:00:00Z","event":"ingress.accepted"}"# + "\n", "before records were chained"),
            ("", nil), (#"{"v":1,"seq":0,"prev":"sha2"#, nil),
        ] as [(String, String?)])
    func whatIsNoLogIsNamed(text: String, why: String?) throws {
        let (log, _) = try notes()
        let path = log.file("other.jsonl")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        do {
            _ = try LogFiles.named([path])
            #expect(why == nil)
        } catch {
            #expect(error.description.contains(try #require(why)))
        }
        #expect(throws: AuditReadingFailure.self) { try LogFiles.named([log.checkpoints]) }
    }
}
