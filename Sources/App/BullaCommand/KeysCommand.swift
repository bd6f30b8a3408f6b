import ArgumentParser
import AuditProof
import Crypto
import Gateway
import Identity
import Policy
import Stores
import StrictCoding

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Look at the gateway's own keys.", subcommands: [List.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the gateway's keys with their purposes and states.",
            discussion: """
                Each purpose has keys of its own: envelopes for servers, re-issued access
                tokens for services, and assertions for authorization servers. A key is
                published in its JWKS before it signs, and stays there until nothing that
                it signed can be in use: staged, published, active, retired. The audit log's
                key signs its checkpoints and does not turn; it is shown as verifier keys end
                (`bulla audit vkey`).

                Example:
                  bulla keys list policies/orders.yaml
                """)

        @Argument(help: "The policy whose key directory is meant.", completion: .file(extensions: ["yaml", "yml"]))
        var policy: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let checked = try CheckedPolicy.load(policy)
            let directory = PolicyFile.resolve(checked.keys.directory, besides: policy)
            let keys: [(purpose: KeyPurpose, key: RingKey)]
            let auditKey: Ed25519SigningKey?
            do {
                keys = try KeyPurpose.allCases.flatMap { purpose in
                    try KeyDirectory.read(directory, purpose).keys.map { (purpose, $0) }
                }
                auditKey = try KeyDirectory.auditKey(in: directory)
            } catch {
                printError("error: \(error)")
                throw ExitCode(1)
            }
            let now = SystemClock.now()
            let ending = auditKey.map { NoteSigner.vkeyEnding(of: $0) }
            print(json ? document(keys, ending, now) : table(keys, ending, now))
        }

        private func table(
            _ keys: [(purpose: KeyPurpose, key: RingKey)], _ auditKey: ByteString?, _ now: UnixTime
        ) -> String {
            let heading =
                "PURPOSE    KID               STATE      PUBLISHED             ACTIVE FROM           RETIRED FROM"
            let lines = keys.map { purpose, key in
                [
                    purpose.rawValue.padded(to: 9), key.keyID.string, "\(key.state(now: now))".padded(to: 9),
                    SystemClock.text(key.publishedFrom), SystemClock.text(key.activeFrom),
                    key.retiredFrom.map(SystemClock.text) ?? "-",
                ].joined(separator: "  ")
            }
            let last = auditKey.map { ["\(Self.audit.padded(to: 9))  \($0.string)"] } ?? []
            return ([heading] + lines + last).joined(separator: "\n")
        }

        private func document(
            _ keys: [(purpose: KeyPurpose, key: RingKey)], _ auditKey: ByteString?, _ now: UnixTime
        ) -> String {
            var writer = JSONWriter()
            writer.object { document in
                document.name("keys")
                document.array { list in
                    for (purpose, key) in keys {
                        list.object { entry in
                            entry.member("purpose", purpose.rawValue)
                            entry.member("kid", key.keyID)
                            entry.member("alg", "ES256")
                            entry.member("state", "\(key.state(now: now))")
                            entry.member("published_from", key.publishedFrom.seconds)
                            entry.member("active_from", key.activeFrom.seconds)
                            if let retired = key.retiredFrom { entry.member("retired_from", retired.seconds) }
                        }
                    }
                    if let auditKey {
                        list.object { entry in
                            entry.member("purpose", Self.audit)
                            entry.member("alg", "EdDSA")
                            entry.member("vkey_ending", auditKey)
                        }
                    }
                }
            }
            return String(decoding: writer.bytes, as: UTF8.self)
        }

        private static let audit = "audit"
    }
}

extension String {
    /// With spaces behind it up to a width in characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
