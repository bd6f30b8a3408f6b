import ArgumentParser
import Gateway
import Identity
import Policy
import Stores
import StrictCoding

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Look at the gateway's envelope keys.", subcommands: [List.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the envelope keys with their states.",
            discussion: """
                A key is published in the JWKS before it signs, and stays there until
                nothing that it signed can be in use: staged, published, active, retired.

                Example:
                  bulla keys list policies/orders.yaml
                """)

        @Argument(help: "The policy whose key directory is meant.", completion: .file(extensions: ["yaml", "yml"]))
        var policy: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let checked = try CheckedPolicy.load(policy)
            let ring: KeyRing
            do {
                ring = try KeyDirectory.read(PolicyFile.resolve(checked.keys.directory, besides: policy))
            } catch {
                printError("error: \(error)")
                throw ExitCode(1)
            }
            let now = SystemClock.now()
            print(json ? document(ring, now) : table(ring, now))
        }

        private func table(_ ring: KeyRing, _ now: UnixTime) -> String {
            var lines = ["KID               STATE      PUBLISHED             ACTIVE FROM           RETIRED FROM"]
            for key in ring.keys {
                let state = "\(key.state(now: now))".padded(to: 9)
                let retired = key.retiredFrom.map(SystemClock.text) ?? "-"
                lines.append(
                    "\(key.keyID)  \(state)  \(SystemClock.text(key.publishedFrom))  \(SystemClock.text(key.activeFrom))  \(retired)"
                )
            }
            return lines.joined(separator: "\n")
        }

        private func document(_ ring: KeyRing, _ now: UnixTime) -> String {
            var writer = JSONWriter()
            writer.object { document in
                document.name("keys")
                document.array { list in
                    for key in ring.keys {
                        list.object { entry in
                            entry.member("kid", key.keyID)
                            entry.member("alg", "ES256")
                            entry.member("state", "\(key.state(now: now))")
                            entry.member("published_from", key.publishedFrom.seconds)
                            entry.member("active_from", key.activeFrom.seconds)
                            if let retired = key.retiredFrom { entry.member("retired_from", retired.seconds) }
                        }
                    }
                }
            }
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }
}

extension String {
    /// With spaces behind it up to a width in characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
