import Foundation
import Identity
import StrictCoding
import Synchronization
import Testing

@testable import Stores

@Suite(.timeLimit(.minutes(1))) struct KeyDirectoryTests {
    @Test func theFirstStartMakesAFolderThatOnlyItsOwnerReads() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let names = try folder.names
        #expect(names == folder.firstNames(directory))
        #expect(try folder.mode() == 0o700)
        for name in names { #expect(try folder.mode(name) == 0o600, "\(name)") }
        #expect(try folder.bytes("root.key").count == 32)
        #expect(directory.ring.active(now: KeyFolder.start).keyID == directory.ring.keys[0].keyID)
    }

    @Test func aSecondStartFindsTheSameKeys() throws {
        let folder = try KeyFolder()
        let first = try folder.open()
        let second = try folder.open(at: KeyFolder.start + 86_400)
        #expect(first.keyIDs == second.keyIDs)
        #expect(first.rootSecret.withBytes { Array($0) } == second.rootSecret.withBytes { Array($0) })
        #expect(first.ring.keys[0].signing.publicPoint == second.ring.keys[0].signing.publicPoint)
        #expect(try KeyDirectory.read(folder.path).keys.map(\.keyID.string) == first.keyIDs)
    }

    @Test func twoFoldersHaveNothingInCommon() throws {
        let (one, other) = (try KeyFolder(), try KeyFolder())
        let (first, second) = (try one.open(), try other.open())
        #expect(first.keyIDs != second.keyIDs)
        #expect(first.rootSecret.withBytes { Array($0) } != second.rootSecret.withBytes { Array($0) })
    }

    /// Gateways that start at once on one new folder.
    @Test func manyWhoStartAtOnceShareOneKey() throws {
        let folder = try KeyFolder()
        let found = Mutex<Set<[String]>>([])
        let secrets = Mutex<Set<[UInt8]>>([])
        let path = folder.path
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            guard let directory = try? KeyDirectory.open(path, now: KeyFolder.start) else { return }
            found.withLock { _ = $0.insert(directory.keyIDs) }
            secrets.withLock { _ = $0.insert(directory.rootSecret.withBytes { Array($0) }) }
        }
        #expect(found.withLock { $0.count } == 1)
        #expect(secrets.withLock { $0.count } == 1)
        #expect(try folder.names.count == 8)
    }

    @Test func aFolderWithoutKeysCannotBeLookedAt() throws {
        let folder = try KeyFolder()
        #expect(throws: KeyDirectoryFailure.missing(folder.path)) { try KeyDirectory.read(folder.path) }
        try #require(mkdir(folder.path, 0o700) == 0)
        #expect(throws: KeyDirectoryFailure.missing(folder.path)) { try KeyDirectory.read(folder.path) }
        #expect(try folder.names.isEmpty, "looking makes nothing")
    }

    // MARK: - Refusals

    @Test(arguments: [mode_t(0o755), 0o710, 0o701, 0o770, 0o707])
    func aFolderThatOthersMayEnterIsRefused(mode: mode_t) throws {
        let folder = try KeyFolder()
        _ = try folder.open()
        try #require(chmod(folder.path, mode) == 0)
        #expect(throws: KeyDirectoryFailure.exposed(path: folder.path)) { try folder.open() }
        #expect(throws: KeyDirectoryFailure.exposed(path: folder.path)) { try KeyDirectory.read(folder.path) }
    }

    @Test(
        arguments: ["root.key", "ring.json", "envelope", "reissue-ring.json", "assertion"],
        [mode_t(0o640), 0o604, 0o660, 0o666])
    func aFileThatOthersMayReadOrWriteIsRefused(name: String, mode: mode_t) throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let purpose = KeyPurpose(rawValue: name)
        let file = folder.path + "/" + (purpose.map { folder.keyName(directory, $0) } ?? name)
        try #require(chmod(file, mode) == 0)
        #expect(throws: KeyDirectoryFailure.exposed(path: file)) { try folder.open() }
    }

    @Test(.enabled(if: geteuid() == 0, "needs to give a folder away"))
    func aFolderOfSomebodyElseIsRefused() throws {
        let folder = try KeyFolder()
        try #require(mkdir(folder.path, 0o700) == 0)
        try #require(chown(folder.path, 12_345, 12_345) == 0)
        let refused = #expect(throws: KeyDirectoryFailure.self) { try folder.open() }
        #expect("\(try #require(refused))" == "key directory: `\(folder.path)`: belongs to another user")
        #expect(try folder.names.isEmpty)
    }

    @Test(arguments: ["root.key", "ring.json", "envelope", "lock", "root.key.new"])
    func aLinkInPlaceOfAFileIsRefused(name: String) throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let name = name == "envelope" ? folder.keyName(directory) : name
        let elsewhere = folder.parent + "/elsewhere"
        let original = try? folder.bytes(name)
        try Data(original ?? []).write(to: URL(fileURLWithPath: elsewhere))
        try #require(chmod(elsewhere, 0o600) == 0)
        if original != nil { try folder.remove(name) }
        if name == "root.key.new" { for known in try folder.names { try folder.remove(known) } }
        try #require(symlink(elsewhere, folder.path + "/" + name) == 0)
        #expect(throws: KeyDirectoryFailure.self) { try folder.open() }
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: elsewhere)) == Data(original ?? []),
            "nothing is written through it")
    }

    @Test func whatIsNoFolderIsRefused() throws {
        let folder = try KeyFolder()
        try Data().write(to: URL(fileURLWithPath: folder.path))
        #expect(throws: KeyDirectoryFailure.file(path: folder.path, why: "not a directory")) { try folder.open() }
        let deeper = folder.parent + "/no/such/keys"
        #expect(throws: KeyDirectoryFailure.file(path: deeper, why: "No such file or directory")) {
            try KeyDirectory.open(deeper, now: KeyFolder.start)
        }
    }
}
