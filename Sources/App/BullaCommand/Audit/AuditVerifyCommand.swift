import ArgumentParser
import AuditProof
import AuditReading
import StrictCoding

struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify that the log is what was written: every record, link and checkpoint.",
        discussion: """
            Needs no gateway and no network. Checkpoints are read from the file beside
            the log (.checkpoints) and from those given. Without --vkey the key is the
            one that the log names itself, which whoever rewrites a log also rewrites:
            take the key from `bulla audit vkey`, once, and keep it elsewhere, with
            checkpoints.
            Exit status: 0 nothing was found, 1 the log is not what was written, 2 it
            could not be checked.

            Examples:
              bulla audit verify policy.yaml --vkey "$VKEY"
              bulla audit verify logs/*.jsonl --vkey "$VKEY" --checkpoint monday.txt
            """)

    @OptionGroup var places: AuditPlaces

    @Option(help: "The log's verifier key. May be given again, for a log whose key was changed.")
    var vkey: [VerifierKeyArgument] = []

    @Option(help: "A file of checkpoints, or one that was exported. May be given again.", completion: .file())
    var checkpoint: [String] = []

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let snapshot = try AuditPlaces.snapshot(places.places, checkpoints: checkpoint)
        let report: LogReport
        do throws(AuditReadingFailure) {
            let keys = try TrustedKeys(vkey.map(\.verifier), for: snapshot.files)
            report = try LogVerification.report(snapshot, keys: keys)
        } catch {
            throw AuditFailed.couldNotLook(error)
        }
        guard report.verdict.lines > 0 || report.finding != nil else {
            printError("error: there is no record in the log yet")
            throw AuditFailed.exitCode
        }
        if json { print(VerificationText.json(report)) } else { print(VerificationText.text(report)) }
        guard let finding = report.finding else {
            guard let why = report.whyNotChecked else { return }
            printError("error: not checked against the key: \(TerminalText.of(why))")
            throw AuditFailed.exitCode
        }
        if !json { printError(VerificationText.text(finding, report)) }
        throw ExitCode(1)
    }
}

/// A verifier key on the command line.
struct VerifierKeyArgument: ExpressibleByArgument {
    let verifier: NoteVerifier

    init?(argument: String) {
        guard let verifier = try? NoteVerifier(vkey: ByteString(argument)) else { return nil }
        self.verifier = verifier
    }

    static let defaultValueDescription = "name+id+key"
}
