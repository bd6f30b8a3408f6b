package import Crypto
package import JOSE
package import StrictCoding

/// The gateway's envelope keys: one signs, its successor waits in the JWKS, its predecessors verify until nothing that
/// they signed can be in use. A value with time as a parameter: nothing has to happen at the right moment for the ring
/// to be right.
package struct KeyRing: Sendable {
    /// Seconds that a key stands in the JWKS before it signs: three times what verifiers may cache the document.
    package static let leadSeconds: Int64 = 900
    /// Seconds that a key stays after its last signature: an envelope's life, the clocks' difference, a cached JWKS.
    package static let keepSeconds: Int64 = 300 + 60 + 300
    /// Seconds that a key signs unless the policy says otherwise: 30 days.
    package static let defaultPeriodSeconds: Int64 = 30 * 86_400

    /// In the order in which they become active; never empty, and only the last has no end.
    package private(set) var keys: [RingKey]

    /// A new ring, whose first key signs at once: nobody has cached a JWKS without it.
    package init(first key: SigningKey, now: UnixTime) throws(KeyRingError) {
        keys = [try KeyRing.made(key, publishedFrom: now, activeFrom: now)]
    }

    /// A ring as it was stored, in any order.
    package init(restoring keys: [RingKey]) throws(KeyRingError) {
        let sorted = keys.sorted { $0.activeFrom < $1.activeFrom }
        guard let last = sorted.last else { throw .empty }
        for (index, key) in sorted.enumerated() where sorted[..<index].contains(where: { $0.keyID == key.keyID }) {
            throw .duplicateKeyID(key.keyID)
        }
        guard last.retiredFrom == nil, sorted.allSatisfy({ $0.publishedFrom <= $0.activeFrom }) else {
            throw .brokenSchedule
        }
        for (key, next) in zip(sorted, sorted.dropFirst()) {
            guard let end = key.retiredFrom, key.activeFrom <= end, end <= next.activeFrom else {
                throw .brokenSchedule
            }
        }
        self.keys = sorted
    }

    /// The key that signs now. A clock before the ring's beginning gets the first key.
    package func active(now: UnixTime) -> RingKey {
        keys.last { $0.activeFrom <= now } ?? keys[0]
    }

    /// The keys that verify now: published, active and retired ones, and for a clock before the ring's beginning the
    /// one that signs.
    package func verificationKeys(now: UnixTime) -> KeySet {
        KeySet(visible(now: now).map(\.verification))
    }

    /// The JWK Set to publish: public members only (RFC 7517, section 5).
    package func jwksDocument(now: UnixTime) -> [UInt8] {
        var json = JSONWriter(reserving: 512)
        json.object { json in
            json.name("keys")
            json.array { keys in
                for key in visible(now: now) { keys.raw(key.signing.jwk(kid: key.keyID)) }
            }
        }
        return json.bytes
    }

    /// The state of a key; nil when the ring does not have it.
    package func state(of keyID: ByteString, now: UnixTime) -> RingKey.State? {
        keys.first { $0.keyID == keyID }?.state(now: now)
    }

    /// Whether it is time to stage a successor, so that it is published early enough to sign when the period is over.
    package func needsSuccessor(every periodSeconds: Int64, now: UnixTime) -> Bool {
        let last = keys[keys.count - 1]
        return last.activeFrom <= now && now >= last.activeFrom + (periodSeconds - KeyRing.leadSeconds)
    }

    /// The next moment at which a key changes its state; nil when all stay as they are until something is done.
    package func nextChange(after now: UnixTime) -> UnixTime? {
        keys.flatMap(\.changes).filter { $0 > now }.min()
    }

    private func visible(now: UnixTime) -> [RingKey] {
        let signer = active(now: now).keyID
        return keys.filter { key in
            switch key.state(now: now) {
            case .published, .active, .retired: true
            case .staged, .gone: key.keyID == signer
            }
        }
    }

    private static func made(
        _ key: SigningKey, publishedFrom: UnixTime, activeFrom: UnixTime
    ) throws(KeyRingError) -> RingKey {
        do {
            return try RingKey(key, publishedFrom: publishedFrom, activeFrom: activeFrom)
        } catch {
            throw .unusableKey(error)
        }
    }
}

/// What happens to a ring.
extension KeyRing {
    /// Adds the successor of the active key: published from now or from a later moment, active `leadSeconds` after
    /// that.
    package mutating func stage(
        _ key: SigningKey, publishedFrom: UnixTime? = nil, now: UnixTime
    ) throws(KeyRingError) {
        let publication = max(publishedFrom ?? now, now)
        let successor = try KeyRing.made(key, publishedFrom: publication, activeFrom: publication + KeyRing.leadSeconds)
        guard !keys.contains(where: { $0.keyID == successor.keyID }) else { throw .duplicateKeyID(successor.keyID) }
        let last = keys.count - 1
        guard keys[last].activeFrom <= now else { throw .successorPending(keys[last].keyID) }
        keys[last].retiredFrom = successor.activeFrom
        keys.append(successor)
    }

    /// Takes a key out at once, for when it may be in other hands: what it signed no longer verifies. In place of the
    /// active key its successor signs from now on, published long enough or not; without a successor the ring refuses.
    package mutating func retireNow(_ keyID: ByteString, now: UnixTime) throws(KeyRingError) {
        guard let index = keys.firstIndex(where: { $0.keyID == keyID }) else { throw .unknownKey(keyID) }
        if keyID == active(now: now).keyID {
            guard index + 1 < keys.count else { throw .noSuccessor }
            keys[index + 1].publishedFrom = min(keys[index + 1].publishedFrom, now)
            keys[index + 1].activeFrom = now
        } else if index == keys.count - 1 {
            // The successor goes; its predecessor signs on.
            keys[index - 1].retiredFrom = nil
        }
        keys.remove(at: index)
    }

    /// Forgets the keys that are gone and names them, so that their files can be deleted.
    package mutating func removeGone(now: UnixTime) -> [ByteString] {
        let gone = keys.filter { $0.state(now: now) == .gone }.map(\.keyID)
        keys.removeAll { gone.contains($0.keyID) }
        return gone
    }
}

/// Why a ring cannot be made or changed so.
package enum KeyRingError: Error, Equatable, Sendable {
    case empty
    /// Two keys whose thumbprints begin alike, or one key twice.
    case duplicateKeyID(ByteString)
    /// Stored times that do not make one key active at every moment.
    case brokenSchedule
    /// The next key waits already.
    case successorPending(ByteString)
    case unknownKey(ByteString)
    /// The only key that could sign cannot be taken out: stage another first.
    case noSuccessor
    case unusableKey(CryptoError)
}
