import Crypto
import Foundation
import Identity
import JOSE
import StrictCoding
import Testing

@testable import Stores

/// Months of a gateway in virtual minutes.
@Suite(.timeLimit(.minutes(1))) struct TurnTests {
    private static let period: Int64 = 30 * 86_400

    /// What the gateway does every minute, and what verifiers with a cached JWKS see of it.
    @Test func overMonthsEveryEnvelopeVerifiesWithAnyJWKSThatMayBeCached() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        var last = KeyFolder.start
        var signers: [String] = []
        var turns = 0
        /// The newest JWKS, and the one that a verifier got five minutes before.
        var documents = [directory.published(at: last)]
        var now = last
        while now - KeyFolder.start < 9 * Self.period / 2 {
            now = now + (isQuiet(directory, now) ? 3 * 3_600 : 60)
            if try directory.turn(every: Self.period, last: last, now: now) { turns += 1 }
            last = now
            let signer = directory.ring.active(now: now).keyID.string
            if signers.last != signer { signers.append(signer) }
            documents = Array((documents + [directory.published(at: now)]).suffix(6))
            for document in documents { #expect(document.contains(signer)) }
            // What was signed within an envelope's life and the skew still verifies.
            let earlier = directory.ring.active(now: max(KeyFolder.start, now - 360)).keyID.string
            #expect(documents.last?.contains(earlier) == true)
            #expect(try folder.names.filter { $0.hasPrefix("envelope-") }.count == directory.ring.keys.count)
        }
        #expect(signers.count == 5)
        #expect(Set(signers).count == 5)
        #expect(turns == 4 * 3, "each successor was published, then signed, then its predecessor was gone")
        #expect(try folder.open(at: now).keyIDs == directory.keyIDs)
    }

    /// Hours before anything happens, when minutes do not matter.
    private func isQuiet(_ directory: KeyDirectory, _ now: UnixTime) -> Bool {
        guard directory.ring.keys.count == 1 else { return false }
        return now < directory.ring.keys[0].activeFrom + (Self.period - 4 * 3_600)
    }

    /// One row per state of the successor.
    @Test func aSuccessorIsStagedPublishedUsedAndItsPredecessorDropped() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let first = directory.keyIDs[0]
        let begin = KeyFolder.start
        var last = begin
        func turn(_ seconds: Int64) throws -> Bool {
            defer { last = begin + seconds }
            return try directory.turn(every: Self.period, last: last, now: begin + seconds)
        }
        #expect(try !turn(60))
        #expect(try !turn(Self.period - 901))
        #expect(directory.keyIDs == [first])
        #expect(try turn(Self.period - 900), "the successor is in the JWKS")
        let second = try #require(directory.keyIDs.last)
        #expect(directory.published(at: last) == [first, second])
        #expect(directory.ring.active(now: last).keyID.string == first)
        #expect(try !turn(Self.period - 1))
        #expect(try turn(Self.period), "the successor signs")
        #expect(directory.ring.active(now: last).keyID.string == second)
        #expect(try !turn(Self.period + 659))
        #expect(directory.published(at: last) == [first, second])
        #expect(try turn(Self.period + 660), "the predecessor is gone")
        #expect(directory.keyIDs == [second])
        #expect(try folder.names == folder.firstNames(directory))
        #expect(folder.keyName(directory) == "envelope-\(second).pem")
    }

    @Test func aGatewayThatSleptForMonthsCatchesUp() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let late = KeyFolder.start + 5 * Self.period
        #expect(try directory.turn(every: Self.period, last: KeyFolder.start, now: late))
        #expect(directory.ring.keys.count == 2)
        #expect(directory.published(at: late).count == 2)
        #expect(directory.ring.active(now: late).keyID == directory.ring.keys[0].keyID)
        #expect(try directory.turn(every: Self.period, last: late, now: late + 900))
        #expect(directory.ring.active(now: late + 900).keyID == directory.ring.keys[1].keyID)
    }

    @Test func gatewaysThatShareAFolderStageOneSuccessor() throws {
        let folder = try KeyFolder()
        let (one, other) = (try folder.open(), try folder.open())
        let due = KeyFolder.start + (Self.period - 900)
        #expect(try one.turn(every: Self.period, last: KeyFolder.start, now: due))
        #expect(try other.turn(every: Self.period, last: KeyFolder.start, now: due), "it learns of the new key")
        #expect(one.keyIDs == other.keyIDs)
        #expect(one.keyIDs.count == 2)
        #expect(one.ring.jwksDocument(now: due) == other.ring.jwksDocument(now: due))
        #expect(try !other.turn(every: Self.period, last: due, now: due + 60))
    }

    @Test func aFolderThatWasEmptiedKeepsTheKeysInUse() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let before = directory.keyIDs
        try folder.remove("ring.json")
        #expect(throws: KeyDirectoryFailure.missing(folder.path)) {
            try directory.turn(every: Self.period, last: KeyFolder.start, now: KeyFolder.start + 60)
        }
        #expect(directory.keyIDs == before)
        #expect(try folder.names.contains("ring.json") == false, "no fresh ring in place of a lost one")
    }

    @Test func theJWKSShowsPublicMembersOnly() throws {
        let directory = try KeyFolder().open()
        let document = try JSONDocument(parsing: directory.ring.jwksDocument(now: KeyFolder.start), limits: .document)
        let keys = try #require(document.root["keys"]?.elements)
        #expect(keys.count == 1)
        for key in keys {
            #expect(key.members?.map(\.name.string) == ["kty", "crv", "x", "y", "kid", "alg", "use"])
        }
    }
}
