import Identity
import StrictCoding

/// A key ring as a folder's files: the schedule in one, each key in a file of its own.
enum RingFile {
    /// `nil` where the folder has no such ring yet.
    static func read(_ purpose: KeyPurpose, _ files: KeyFiles) throws(KeyDirectoryFailure) -> KeyRing? {
        guard let bytes = try files.read(purpose.ringName) else { return nil }
        let place = files.path + "/" + purpose.ringName
        guard let document = try? JSONDocument(parsing: bytes, limits: .document),
            let entries = document.root["keys"]?.elements
        else { throw .malformed(path: place, why: "it is not the JSON that was written") }
        var keys: [RingKey] = []
        for entry in entries {
            guard let kid = entry["kid"]?.text, isKeyID(kid), let published = entry["published_from"]?.integer,
                let active = entry["active_from"]?.integer
            else { throw .malformed(path: place, why: "a key lacks `kid`, `published_from` or `active_from`") }
            let retired = entry["retired_from"]?.integer.map { UnixTime(seconds: $0) }
            let signing = try files.readKey(purpose, kid)
            guard RingKey.keyID(of: signing) == kid else {
                throw .malformed(path: place, why: "the file of \(kid) holds another key")
            }
            do {
                keys.append(
                    try RingKey(
                        signing, publishedFrom: UnixTime(seconds: published), activeFrom: UnixTime(seconds: active),
                        retiredFrom: retired))
            } catch {
                throw .malformed(path: place, why: "\(error)")
            }
        }
        do { return try KeyRing(restoring: keys) } catch { throw .malformed(path: place, why: "\(error)") }
    }

    /// Keys before the schedule that names them.
    static func write(_ ring: KeyRing, _ purpose: KeyPurpose, _ files: KeyFiles) throws(KeyDirectoryFailure) {
        for key in ring.keys { try files.writeKey(purpose, key.signing, key.keyID) }
        var writer = JSONWriter()
        writer.object { document in
            document.name("keys")
            document.array { list in
                for key in ring.keys {
                    list.object { entry in
                        entry.member("kid", key.keyID)
                        entry.member("published_from", key.publishedFrom.seconds)
                        entry.member("active_from", key.activeFrom.seconds)
                        if let retired = key.retiredFrom { entry.member("retired_from", retired.seconds) }
                    }
                }
            }
        }
        try files.write(purpose.ringName, writer.bytes + [0x0A])
    }

    /// It becomes part of a file's name.
    private static func isKeyID(_ kid: ByteString) -> Bool {
        kid.count == RingKey.keyIDCharacters
            && kid.bytes.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F }
    }
}
