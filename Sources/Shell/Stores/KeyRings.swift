import Crypto
import Identity
import StrictCoding

/// The rings of a key directory, one for each purpose. No `kid` is in two of them.
struct KeyRings: Sendable {
    private var rings: [KeyPurpose: KeyRing]

    subscript(_ purpose: KeyPurpose) -> KeyRing {
        guard let ring = rings[purpose] else { preconditionFailure("a key directory has a ring for every purpose") }
        return ring
    }

    /// Reads what there is and makes what is missing, each with a first key that signs at once. Earlier versions knew
    /// envelope keys only.
    static func open(_ files: KeyFiles, now: UnixTime) throws(KeyDirectoryFailure) -> KeyRings {
        var found = KeyRings(rings: try read(files))
        for purpose in KeyPurpose.allCases where found.rings[purpose] == nil {
            let ring: KeyRing
            do { ring = try KeyRing(first: try found.freshKey(), now: now) } catch { throw .ring("\(error)") }
            try RingFile.write(ring, purpose, files)
            found.rings[purpose] = ring
        }
        return found
    }

    /// Reads rings that another start has made.
    static func reopen(_ files: KeyFiles) throws(KeyDirectoryFailure) -> KeyRings {
        let rings = try read(files)
        for purpose in KeyPurpose.allCases where rings[purpose] == nil {
            throw .malformed(path: files.path + "/" + purpose.ringName, why: "it is missing")
        }
        return KeyRings(rings: rings)
    }

    private static func read(_ files: KeyFiles) throws(KeyDirectoryFailure) -> [KeyPurpose: KeyRing] {
        var rings: [KeyPurpose: KeyRing] = [:]
        var owners: [ByteString: KeyPurpose] = [:]
        for purpose in KeyPurpose.allCases {
            guard let ring = try RingFile.read(purpose, files) else { continue }
            let place = files.path + "/" + purpose.ringName
            for key in ring.keys {
                // Whoever verifies picks the key by its `kid` alone.
                if let owner = owners.updateValue(purpose, forKey: key.keyID) {
                    throw .malformed(path: place, why: "the key \(key.keyID) is in \(owner.ringName) too")
                }
            }
            rings[purpose] = ring
        }
        // Envelope keys are written first. Fresh ones beside the others would hide that they were lost.
        if rings[.envelope] == nil, let other = KeyPurpose.allCases.first(where: { rings[$0] != nil }) {
            throw .malformed(
                path: files.path + "/" + KeyPurpose.envelope.ringName, why: "it is missing beside \(other.ringName)")
        }
        return rings
    }

    /// Stages successors that are due and drops keys that are gone.
    mutating func turn(
        every periodSeconds: Int64, now: UnixTime, _ files: KeyFiles
    ) throws(KeyDirectoryFailure) {
        for purpose in KeyPurpose.allCases {
            var ring = self[purpose]
            if ring.needsSuccessor(every: periodSeconds, now: now) {
                do { try ring.stage(try freshKey(), now: now) } catch { throw .ring("\(error)") }
                try RingFile.write(ring, purpose, files)
            }
            let gone = ring.removeGone(now: now)
            if !gone.isEmpty {
                // The ring first: a file without an entry is only litter, an entry without its file is a start that
                // fails.
                try RingFile.write(ring, purpose, files)
                for kid in gone { files.removeKey(purpose, kid) }
            }
            rings[purpose] = ring
        }
    }

    /// Whether the keys that sign or verify at `now` are others than those of `earlier` at `last`.
    func differ(from earlier: KeyRings, last: UnixTime, now: UnixTime) -> Bool {
        KeyPurpose.allCases.contains { purpose in
            let (before, after) = (earlier[purpose], self[purpose])
            return before.active(now: last).keyID != after.active(now: now).keyID
                || before.jwksDocument(now: last) != after.jwksDocument(now: now)
        }
    }

    private func freshKey() throws(CryptoError) -> SigningKey {
        while true {
            let key = try SigningKey.generate()
            let keyID = RingKey.keyID(of: key)
            if !rings.values.contains(where: { $0.keys.contains { $0.keyID == keyID } }) { return key }
        }
    }
}
