import Crypto
import Identity
import StrictCoding

/// The secrets of all servers as a file of a key directory: `presenters.json`.
enum PresenterFile {
    static let name = "presenters.json"

    /// Empty where there is no such file yet.
    static func read(_ files: KeyFiles) throws(KeyDirectoryFailure) -> [ByteString: PresenterSecrets] {
        guard let bytes = try files.read(name) else { return [:] }
        let place = files.path + "/" + name
        guard let document = try? JSONDocument(parsing: bytes, limits: .document),
            let entries = document.root["presenters"]?.elements
        else { throw .malformed(path: place, why: "it is not the JSON that was written") }
        var presenters: [ByteString: PresenterSecrets] = [:]
        for entry in entries {
            guard let server = entry["server"]?.text, !server.isEmpty, let current = secret(entry["secret"]) else {
                throw .malformed(path: place, why: "a presenter lacks `server` or `secret`")
            }
            let old: PresenterSecrets.Previous? =
                if let value = entry["previous"] { try previous(value, server, place) } else { nil }
            let secrets = PresenterSecrets(current: current, previous: old)
            guard presenters.updateValue(secrets, forKey: server) == nil else {
                throw .malformed(path: place, why: "the server \(server) is in it twice")
            }
        }
        return presenters
    }

    static func write(_ presenters: [ByteString: PresenterSecrets], _ files: KeyFiles) throws(KeyDirectoryFailure) {
        var writer = JSONWriter(reserving: 256 * presenters.count)
        writer.object { document in
            document.name("presenters")
            document.array { list in
                for (server, secrets) in presenters.sorted(by: { $0.key < $1.key }) {
                    list.object { entry in
                        entry.member("server", server)
                        entry.member("secret", text(secrets.current))
                        guard let previous = secrets.previous else { return }
                        entry.name("previous")
                        entry.object { old in
                            old.member("secret", text(previous.secret))
                            old.member("until", previous.until.seconds)
                        }
                    }
                }
            }
        }
        try files.write(name, writer.bytes + [0x0A])
    }

    private static func previous(
        _ value: JSONValue, _ server: ByteString, _ place: String
    ) throws(KeyDirectoryFailure) -> PresenterSecrets.Previous {
        guard let old = secret(value["secret"]), let until = value["until"]?.integer else {
            throw .malformed(path: place, why: "the `previous` of \(server) lacks `secret` or `until`")
        }
        return PresenterSecrets.Previous(secret: old, until: UnixTime(seconds: until))
    }

    private static func secret(_ value: JSONValue?) -> SecretBytes? {
        guard let text = value?.text, PresenterSecrets.isWellFormed(text.bytes) else { return nil }
        return SecretBytes(text.bytes)
    }

    private static func text(_ secret: SecretBytes) -> ByteString {
        secret.withBytes { ByteString(Array($0)) }
    }
}
