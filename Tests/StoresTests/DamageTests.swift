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
        Damage(file: "ring.json", content: nil, says: "it is missing beside reissue-ring.json"),
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
        Damage(file: "reissue-ring.json", content: "", says: "it is not the JSON that was written"),
        Damage(file: "assertion-ring.json", content: #"{"keys":[]}"#, says: "empty"),
        Damage(file: "reissue", content: nil, says: "the ring names it, and it is missing"),
        Damage(file: "assertion", content: "", says: "notPEM"),
        Damage(file: "presenters.json", content: "", says: "it is not the JSON that was written"),
        Damage(file: "presenters.json", content: #"{"presenters":{}}"#, says: "it is not the JSON that was written"),
        Damage(file: "presenters.json", content: #"{"presenters":[{}]}"#, says: "a presenter lacks `server`"),
        Damage(
            file: "presenters.json", content: #"{"presenters":[{"server":"a","server":"b","secret":"S"}]}"#,
            says: "it is not the JSON that was written"),
        Damage(
            file: "presenters.json", content: #"{"presenters":[{"server":"a","secret":"SHORT"}]}"#,
            says: "a presenter lacks `server` or `secret`"),
        Damage(
            file: "presenters.json", content: #"{"presenters":[{"server":"","secret":"SECRET"}]}"#,
            says: "a presenter lacks `server` or `secret`"),
        Damage(
            file: "presenters.json",
            content: #"{"presenters":[{"server":"a","secret":"SECRET"},{"server":"a","secret":"SECRET"}]}"#,
            says: "the server a is in it twice"),
        Damage(
            file: "presenters.json",
            content: #"{"presenters":[{"server":"a","secret":"SECRET","previous":{"secret":"SECRET"}}]}"#,
            says: "the `previous` of a lacks `secret` or `until`"),
        Damage(
            file: "presenters.json",
            content: #"{"presenters":[{"server":"a","secret":"SECRET","previous":null}]}"#,
            says: "the `previous` of a lacks `secret` or `until`"),
    ])
    func damageIsNamedAndNothingIsMended(_ damage: Damage) throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let name = KeyPurpose(rawValue: damage.file).map { folder.keyName(directory, $0) } ?? damage.file
        if let content = damage.content {
            let text = content.replacingOccurrences(of: "KID", with: directory.keyIDs[0])
                .replacingOccurrences(of: "SECRET", with: String(repeating: "A", count: 43))
            try folder.write(name, Array(text.utf8))
        } else {
            try folder.remove(name)
        }
        let before = try folder.names
        let failure = #expect(throws: KeyDirectoryFailure.self) { try folder.open() }
        let text = "\(try #require(failure))"
        #expect(text.contains(damage.says), "\(text)")
        #expect(!text.contains(String(repeating: "A", count: 43)), "a secret is not repeated")
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

    /// Whoever verifies picks a key by its `kid`: one in two rings would let a statement pass for another kind.
    @Test(arguments: [KeyPurpose.reissue, .assertion]) func aKeyInTwoRingsIsFound(purpose: KeyPurpose) throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let kid = directory.keyIDs[0]
        try folder.write("\(purpose.rawValue)-\(kid).pem", try folder.bytes("envelope-\(kid).pem"))
        try folder.write(purpose.ringName, try folder.bytes("ring.json"))
        let refused = #expect(throws: KeyDirectoryFailure.self) { try folder.open() }
        #expect("\(try #require(refused))".contains("the key \(kid) is in ring.json too"))
        #expect(throws: KeyDirectoryFailure.self) {
            try directory.turn(every: 86_400, last: KeyFolder.start, now: KeyFolder.start + 60)
        }
    }

    /// Where one ring is damaged none is turned, so that what is on the disk stays what somebody can mend.
    @Test(arguments: ["reissue-ring.json", "assertion-ring.json", "presenters.json"], [true, false])
    func aTurnBesideDamageChangesNothing(name: String, isRemoved: Bool) throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        _ = try directory.presenterSecrets(for: ["orders"], now: KeyFolder.start)
        if isRemoved { try folder.remove(name) } else { try folder.write(name, Array("torn".utf8)) }
        let before = (try folder.names, try folder.bytes("ring.json"), directory.keyIDs)
        let due = KeyFolder.start + 86_400
        let failure = #expect(throws: KeyDirectoryFailure.self) {
            try directory.turn(every: 86_400, last: KeyFolder.start, now: due)
        }
        #expect("\(try #require(failure))".contains(name))
        #expect(try folder.names == before.0)
        #expect(try folder.bytes("ring.json") == before.1)
        #expect(directory.keyIDs == before.2)
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
    @Test(arguments: 0...7) func aFirstStartThatCrashedIsTakenUp(written: Int) throws {
        let (whole, crashed) = (try KeyFolder(), try KeyFolder())
        let made = try whole.open()
        let files = KeyPurpose.allCases.flatMap { [whole.keyName(made, $0), $0.ringName] }
        try #require(mkdir(crashed.path, 0o700) == 0)
        for file in (["root.key"] + files).prefix(written) { try crashed.write(file, try whole.bytes(file)) }
        let directory = try crashed.open()
        for (index, purpose) in KeyPurpose.allCases.enumerated() {
            #expect(directory.ring(purpose).keys.count == 1)
            #expect(try crashed.open().keyIDs(purpose) == directory.keyIDs(purpose))
            if written >= 2 * index + 3 { #expect(directory.keyIDs(purpose) == made.keyIDs(purpose)) }
        }
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
