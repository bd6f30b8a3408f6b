import ArgumentParser
import AuditReading
import StrictCoding

struct AuditVkeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vkey",
        abstract: "Print the verifier keys that the log's checkpoints are signed with.",
        discussion: """
            One a line, the newest last: the ones that the log's files name. Run this on the
            gateway's machine, where nobody else may write the log, once, and keep the
            keys where the log is not: a key is worth something only to somebody who did
            not take it from the log that they verify.
            Exit status: 0, or 2 where there is no log or it names no key.

            Example:
              bulla audit vkey policy.yaml > vkey.txt
            """)

    @OptionGroup var places: AuditPlaces

    func run() async throws {
        let log = try places.open()
        let keys: TrustedKeys
        do throws(AuditReadingFailure) {
            keys = try TrustedKeys([], for: log)
        } catch {
            throw AuditFailed.couldNotLook(error)
        }
        guard !keys.verifiers.isEmpty else {
            printError("error: the log names no key; has the gateway been started with this policy?")
            throw AuditFailed.exitCode
        }
        for key in keys.verifiers { print(key.vkey) }
    }
}
