import Foundation
import Identity
import StrictCoding
import Testing

@testable import Stores

/// One ring for each thing that is signed.
@Suite(.timeLimit(.minutes(1))) struct KeyPurposeTests {
    @Test func noKeySignsTwoKindsOfStatement() throws {
        let directory = try KeyFolder().open()
        let all = KeyPurpose.allCases.flatMap { directory.keyIDs($0) }
        #expect(all.count == 3 && Set(all).count == 3)
        #expect(directory.keyIDs == directory.keyIDs(.envelope))
        for purpose in KeyPurpose.allCases {
            let document = String(decoding: directory.ring(purpose).jwksDocument(now: KeyFolder.start), as: UTF8.self)
            for other in KeyPurpose.allCases {
                #expect(document.contains(directory.keyIDs(other)[0]) == (other == purpose))
            }
        }
    }

    @Test func aSecondStartFindsTheSameKeysForEachPurpose() throws {
        let folder = try KeyFolder()
        let (first, second) = (try folder.open(), try folder.open(at: KeyFolder.start + 86_400))
        for purpose in KeyPurpose.allCases {
            #expect(first.keyIDs(purpose) == second.keyIDs(purpose))
            #expect(try KeyDirectory.read(folder.path, purpose).keys.map(\.keyID.string) == first.keyIDs(purpose))
        }
    }

    /// A folder that an earlier version made holds envelope keys only.
    @Test func anOlderFolderGetsTheRingsThatItLacks() throws {
        let folder = try KeyFolder()
        let made = try folder.open()
        let (root, ring) = (try folder.bytes("root.key"), try folder.bytes("ring.json"))
        for name in try folder.names where name.hasPrefix("reissue") || name.hasPrefix("assertion") {
            try folder.remove(name)
        }
        #expect(throws: KeyDirectoryFailure.missing(folder.path)) { try KeyDirectory.read(folder.path, .reissue) }
        let now = KeyFolder.start + 86_400
        let directory = try folder.open(at: now)
        #expect(try folder.names == folder.firstNames(directory))
        for name in try folder.names { #expect(try folder.mode(name) == 0o600) }
        #expect(directory.keyIDs == made.keyIDs)
        #expect(try folder.bytes("root.key") == root)
        #expect(try folder.bytes("ring.json") == ring)
        for purpose in [KeyPurpose.reissue, .assertion] {
            #expect(directory.keyIDs(purpose) != made.keyIDs(purpose))
            #expect(directory.ring(purpose).active(now: now).activeFrom == now)
        }
        #expect(try !directory.turn(every: 30 * 86_400, last: now, now: now + 60))
    }

    @Test func everyRingTurns() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let period: Int64 = 30 * 86_400
        let first = KeyPurpose.allCases.map { directory.keyIDs($0)[0] }
        let begin = KeyFolder.start
        #expect(try directory.turn(every: period, last: begin, now: begin + (period - 900)))
        for purpose in KeyPurpose.allCases { #expect(directory.keyIDs(purpose).count == 2) }
        #expect(try directory.turn(every: period, last: begin + (period - 900), now: begin + period))
        let second = KeyPurpose.allCases.map { directory.ring($0).active(now: begin + period).keyID.string }
        #expect(Set(first + second).count == 6)
        #expect(try directory.turn(every: period, last: begin + period, now: begin + (period + 660)))
        #expect(KeyPurpose.allCases.flatMap { directory.keyIDs($0) } == second)
        #expect(try folder.names == folder.firstNames(directory), "the files of the first keys are gone")
        #expect(try folder.open(at: begin + (period + 660)).keyIDs(.assertion) == directory.keyIDs(.assertion))
    }

    /// Rings that begin at different times turn at different times, and whoever asks hears of each.
    @Test func aTurnOfAnyRingIsNews() throws {
        let folder = try KeyFolder()
        _ = try folder.open()
        for name in try folder.names where name.hasPrefix("assertion") { try folder.remove(name) }
        let (period, later): (Int64, Int64) = (30 * 86_400, 86_400)
        let directory = try folder.open(at: KeyFolder.start + later)
        var last = KeyFolder.start + later
        func turn(_ seconds: Int64) throws -> Bool {
            defer { last = KeyFolder.start + seconds }
            return try directory.turn(every: period, last: last, now: KeyFolder.start + seconds)
        }
        #expect(try turn(period - 900))
        #expect((directory.keyIDs.count, directory.keyIDs(.assertion).count) == (2, 1))
        #expect(try turn(period))
        #expect(try turn(period + 660))
        #expect(try turn(period + later - 900))
        #expect((directory.keyIDs.count, directory.keyIDs(.assertion).count) == (1, 2))
        #expect(try !turn(period + later - 840))
    }
}
