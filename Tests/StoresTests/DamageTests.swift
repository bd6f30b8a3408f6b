import Crypto
import Foundation
import Identity
import StrictCoding
import Testing

@testable import Stores

/// What crashes, full disks and people leave behind in a key directory.
@Suite(.timeLimit(.minutes(1))) struct DamageTests {
    /// One way to damage a folder, and what the operator reads then.
    struct Damage: Sendable, CustomTestStringConvertible {
        let file: String
        let content: String?
        let says: String
        var testDescription: String { "\(file): \(content?.prefix(40) ?? "deleted")" }
    }

    @Test(arguments: [
        Damage(file: "root.key", content: "", says: "it does not have 32 bytes"),
        Damage(file: "root.key", content: "33 bytes, which is one too many..", says: "it does not have 32 bytes"),
        Damage(file: "root.key", content: nil, says: "it is missing beside ring.json"),
        Damage(file: "ring.json", content: "", says: "it is not the JSON that was written"),
        Damage(file: "ring.json", content: #"{"keys":["#, says: "it is not the JSON that was written"),
        Damage(file: "ring.json", content: #"{"keys":[]}"#, says: "empty"),
        Damage(file: "ring.json", content: #"{"keys":[{}]}"#, says: "a key lacks `kid`"),
        Damage(
            file: "ring.json", content: #"{"keys":[{"kid":"../../etc/passwd","published_from":1,"active_from":1}]}"#,
            says: "a key lacks `kid`"),
        Damage(
            file: "ring.json", content: #"{"keys":[{"kid":"AAAAAAAAAAAAAAAA","published_from":1,"active_from":1}]}"#,
            says: "the ring names it, and it is missing"),
        Damage(
            file: "ring.json", content: #"{"keys":[{"kid":"KID","published_from":9,"active_from":1}]}"#,
            says: "brokenSchedule"),
        Damage(
            file: "ring.json",
            content: #"{"keys":[{"kid":"KID","published_from":1,"active_from":1,"retired_from":5}]}"#,
            says: "brokenSchedule"),
        Damage(file: "envelope", content: nil, says: "the ring names it, and it is missing"),
        Damage(file: "envelope", content: "", says: "notPEM"),
        Damage(
            file: "envelope", content: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", says: "notPEM"),
    ])
    func damageIsNamedAndNothingIsMended(_ damage: Damage) throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let name = damage.file == "envelope" ? folder.keyName(directory) : damage.file
        if let content = damage.content {
            try folder.write(name, Array(content.replacingOccurrences(of: "KID", with: directory.keyIDs[0]).utf8))
        } else {
            try folder.remove(name)
        }
        let before = try folder.names
        let failure = #expect(throws: KeyDirectoryFailure.self) { try folder.open() }
        let text = "\(try #require(failure))"
        #expect(text.contains(damage.says), "\(text)")
        #expect(text.hasPrefix("key directory: `\(folder.path)/"), "\(text)")
        #expect(try folder.names == before)
    }

    @Test func anotherKeyInTheFileOfAKeyIsFound() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        try folder.write(folder.keyName(directory), SigningKey.generate().pem.withBytes { Array($0) })
        let failure = #expect(throws: KeyDirectoryFailure.self) { try folder.open() }
        #expect("\(try #require(failure))".contains("the file of \(directory.keyIDs[0]) holds another key"))
    }

    @Test func aFileThatIsFarTooLargeIsNotRead() throws {
        let folder = try KeyFolder()
        _ = try folder.open()
        try #require(truncate(folder.path + "/ring.json", 1 << 40) == 0)
        let failure = #expect(throws: KeyDirectoryFailure.self) { try folder.open() }
        #expect("\(try #require(failure))".contains("it is too large"))
    }

    @Test(arguments: ["root.key", "ring.json"])
    func aPipeInPlaceOfAFileIsRefusedAndNotWaitedFor(name: String) throws {
        let folder = try KeyFolder()
        _ = try folder.open()
        try folder.remove(name)
        try #require(mkfifo(folder.path + "/" + name, 0o600) == 0)
        #expect(throws: KeyDirectoryFailure.file(path: folder.path + "/" + name, why: "not a file")) {
            try folder.open()
        }
    }

    // MARK: - Crashes

    /// The files that a first start makes, in its order; a crash leaves a beginning of them.
    @Test(arguments: 0...2) func aFirstStartThatCrashedIsTakenUp(written: Int) throws {
        let (whole, crashed) = (try KeyFolder(), try KeyFolder())
        let name = whole.keyName(try whole.open())
        try #require(mkdir(crashed.path, 0o700) == 0)
        for file in ["root.key", name].prefix(written) { try crashed.write(file, try whole.bytes(file)) }
        let directory = try crashed.open()
        #expect(directory.ring.keys.count == 1)
        #expect(try crashed.open().keyIDs == directory.keyIDs)
        if written > 0 { #expect(try crashed.bytes("root.key") == whole.bytes("root.key")) }
    }

    @Test(arguments: [
        "root.key.new", "ring.json.new", "envelope-AAAAAAAAAAAAAAAA.pem.new", "envelope-AAAAAAAAAAAAAAAA.pem",
    ])
    func whatAWriteLeftBehindIsNotTakenForAKey(name: String) throws {
        let folder = try KeyFolder()
        let first = try folder.open()
        try folder.write(name, Array("torn".utf8))
        let second = try folder.open()
        #expect(first.keyIDs == second.keyIDs)
        // And it does not stand in the way of the next change.
        let due = KeyFolder.start + 86_400
        #expect(try second.turn(every: 86_400, last: KeyFolder.start, now: due))
        #expect(try folder.open(at: due).keyIDs == second.keyIDs)
    }
}
