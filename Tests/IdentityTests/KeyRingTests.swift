import Crypto
import Identity
import JOSE
import StrictCoding
import Testing

@Suite("The ring of envelope keys")
struct KeyRingTests {
    static let start = UnixTime(seconds: 1_000_000)
    static let first = try! SigningKey.generate()
    static let second = try! SigningKey.generate()
    static let third = try! SigningKey.generate()
    static let firstID = RingKey.keyID(of: first)
    static let secondID = RingKey.keyID(of: second)
    static let thirdID = RingKey.keyID(of: third)

    static func at(_ seconds: Int64) -> UnixTime { start + seconds }

    /// A successor staged at 10 000, to be published at 11 000: active from 11 900, its predecessor gone at 12 560.
    static func rotating() throws -> KeyRing {
        var ring = try KeyRing(first: first, now: start)
        try ring.stage(second, publishedFrom: at(11_000), now: at(10_000))
        return ring
    }

    static let life:
        [(seconds: Int64, old: RingKey.State, new: RingKey.State, signer: ByteString, published: [ByteString])] = [
            (-1, .staged, .staged, firstID, [firstID]),
            (0, .active, .staged, firstID, [firstID]),
            (10_999, .active, .staged, firstID, [firstID]),
            (11_000, .active, .published, firstID, [firstID, secondID]),
            (11_899, .active, .published, firstID, [firstID, secondID]),
            (11_900, .retired, .active, secondID, [firstID, secondID]),
            (12_559, .retired, .active, secondID, [firstID, secondID]),
            (12_560, .gone, .active, secondID, [secondID]),
            (99_999_999, .gone, .active, secondID, [secondID]),
        ]

    @Test(arguments: life)
    func timeAloneMovesKeysThroughTheirStates(
        seconds: Int64, old: RingKey.State, new: RingKey.State, signer: ByteString, published: [ByteString]
    ) throws {
        let ring = try Self.rotating()
        let now = Self.at(seconds)
        #expect(ring.state(of: Self.firstID, now: now) == old)
        #expect(ring.state(of: Self.secondID, now: now) == new)
        #expect(ring.active(now: now).keyID == signer)
        #expect(ring.verificationKeys(now: now).keys.compactMap(\.kid) == published)
        let document = try KeySet(parsing: ring.jwksDocument(now: now))
        #expect(document.keys.compactMap(\.kid) == published)
    }

    @Test func theNextChangeIsWhenAStateChanges() throws {
        let ring = try Self.rotating()
        let changes = sequence(first: Self.start) { ring.nextChange(after: $0) }
        #expect(Array(changes) == [0, 11_000, 11_900, 12_560].map(Self.at))
    }

    enum Event: Sendable, CaseIterable { case stage, retireOld, retireNew, removeGone }

    /// States of old and new key at each moment, and what each event does there.
    static let table: [(seconds: Int64, event: Event, error: KeyRingError?, signer: ByteString, keys: [ByteString])] = [
        // new: staged
        (10_500, .stage, .successorPending(secondID), firstID, [firstID, secondID]),
        (10_500, .retireOld, nil, secondID, [secondID]),
        (10_500, .retireNew, nil, firstID, [firstID]),
        (10_500, .removeGone, nil, firstID, [firstID, secondID]),
        // new: published
        (11_500, .stage, .successorPending(secondID), firstID, [firstID, secondID]),
        (11_500, .retireOld, nil, secondID, [secondID]),
        (11_500, .retireNew, nil, firstID, [firstID]),
        (11_500, .removeGone, nil, firstID, [firstID, secondID]),
        // old: retired, new: active
        (12_000, .stage, nil, secondID, [firstID, secondID, thirdID]),
        (12_000, .retireOld, nil, secondID, [secondID]),
        (12_000, .retireNew, .noSuccessor, secondID, [firstID, secondID]),
        (12_000, .removeGone, nil, secondID, [firstID, secondID]),
        // old: gone
        (13_000, .stage, nil, secondID, [firstID, secondID, thirdID]),
        (13_000, .retireOld, nil, secondID, [secondID]),
        (13_000, .retireNew, .noSuccessor, secondID, [firstID, secondID]),
        (13_000, .removeGone, nil, secondID, [secondID]),
    ]

    @Test(arguments: table)
    func everyEventInEveryState(
        row: (seconds: Int64, event: Event, error: KeyRingError?, signer: ByteString, keys: [ByteString])
    ) throws {
        var ring = try Self.rotating()
        let now = Self.at(row.seconds)
        var thrown: KeyRingError?
        do throws(KeyRingError) {
            switch row.event {
            case .stage: try ring.stage(Self.third, now: now)
            case .retireOld: try ring.retireNow(Self.firstID, now: now)
            case .retireNew: try ring.retireNow(Self.secondID, now: now)
            case .removeGone: _ = ring.removeGone(now: now)
            }
        } catch {
            thrown = error
        }
        #expect(thrown == row.error)
        #expect(ring.active(now: now).keyID == row.signer)
        #expect(ring.keys.map(\.keyID) == row.keys)
        // Whatever happened: the ring can be stored, and the signer is one that verifiers get.
        #expect(throws: Never.self) { try KeyRing(restoring: ring.keys) }
        #expect(ring.verificationKeys(now: now).keys.contains { $0.kid == row.signer })
    }

    @Test func aRetiredKeyVerifiesUntilItsLastEnvelopeExpired() throws {
        let ring = try Self.rotating()
        var claims = Vector.claims
        claims.issuedAt = Self.at(11_899)
        claims.expiresAt = claims.issuedAt + 300
        let envelope = try Envelope.mint(claims, key: Self.first, kid: Self.firstID)
        for (seconds, leeway) in [(11_899, 5), (12_199, 5), (12_228, 30)] as [(Int64, Int64)] {
            let now = Self.at(seconds)
            #expect(refusal(of: envelope.bytes, keys: ring.verificationKeys(now: now), now: now, leeway: leeway) == nil)
        }
    }

    @Test func whatARetiredAtOnceKeySignedDoesNotVerify() throws {
        var ring = try Self.rotating()
        let now = Self.at(11_500)
        var claims = Vector.claims
        claims.issuedAt = now
        claims.expiresAt = now + 300
        let envelope = try Envelope.mint(claims, key: Self.first, kid: Self.firstID)
        try ring.retireNow(Self.firstID, now: now)
        #expect(
            refusal(of: envelope.bytes, keys: ring.verificationKeys(now: now), now: now) == .unknownKey(Self.firstID))
    }

    @Test(arguments: [(0, false), (2_591_099, false), (2_591_100, true), (9_000_000, true)] as [(Int64, Bool)])
    func aSuccessorIsNeededOneLeadBeforeThePeriodEnds(seconds: Int64, needed: Bool) throws {
        let ring = try KeyRing(first: Self.first, now: Self.start)
        #expect(ring.needsSuccessor(every: KeyRing.defaultPeriodSeconds, now: Self.at(seconds)) == needed)
    }

    @Test func aPendingSuccessorIsEnough() throws {
        let ring = try Self.rotating()
        #expect(!ring.needsSuccessor(every: 1000, now: Self.at(11_500)))
    }

    @Test func aRingThatCouldNotBeIsNotRestored() throws {
        let open = try RingKey(Self.first, publishedFrom: Self.at(0), activeFrom: Self.at(0))
        let closed = try RingKey(
            Self.first, publishedFrom: Self.at(0), activeFrom: Self.at(0), retiredFrom: Self.at(10))
        let overlapping = try RingKey(
            Self.first, publishedFrom: Self.at(0), activeFrom: Self.at(0), retiredFrom: Self.at(30))
        let next = try RingKey(Self.second, publishedFrom: Self.at(0), activeFrom: Self.at(20))
        #expect(throws: KeyRingError.empty) { try KeyRing(restoring: []) }
        #expect(throws: KeyRingError.brokenSchedule) { try KeyRing(restoring: [closed]) }
        #expect(throws: KeyRingError.brokenSchedule) { try KeyRing(restoring: [open, next]) }
        #expect(throws: KeyRingError.brokenSchedule) { try KeyRing(restoring: [overlapping, next]) }
        #expect(throws: KeyRingError.duplicateKeyID(Self.firstID)) { try KeyRing(restoring: [open, closed]) }
        #expect(try KeyRing(restoring: [next, closed]).keys.map(\.keyID) == [Self.firstID, Self.secondID])
    }

    @Test func theJWKSHasPublicMembersOnly() throws {
        let document = try KeyRing(first: Self.first, now: Self.start).jwksDocument(now: Self.start)
        let root = try JSONDocument(parsing: document, limits: .document).root
        let key = try #require(root["keys"]?.elements?.first)
        #expect(root.members?.map(\.name) == ["keys"])
        #expect(Set(key.members?.map(\.name) ?? []) == ["kty", "crv", "x", "y", "kid", "alg", "use"])
        #expect(key["kid"]?.text == Self.firstID)
    }
}
