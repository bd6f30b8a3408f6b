import ArgumentParser
import AuditProof
import AuditReading
import Foundation
import StrictCoding

struct AuditProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Prove that one record is in the log, or that the log only grew.",
        discussion: """
            A proof is one JSON object that anybody can check without the log: the
            record's line, its hash, its place, and the hashes that lead from it to the
            root that a checkpoint signs (RFC 9162, section 2.1).
            Exit status: 0 the proof was made or holds, 1 it does not hold, 2 it could
            not be made or read.

            Examples:
              bulla audit prove policy.yaml --seq 4711 > record-4711.json
              bulla audit prove --check record-4711.json --vkey "$VKEY"
              bulla audit prove policy.yaml --consistency 1000 2000
            """)

    @Argument(help: "The policy whose log is meant, or files of a log, or folders of such files.")
    var places: [String] = []

    @Option(help: "The record that is to be proved.")
    var seq: Int?

    @Option(help: "How many records the tree has; those of the latest checkpoint, if not given.")
    var size: Int?

    @Option(parsing: .upToNextOption, help: "Two sizes, between which the log only grew.")
    var consistency: [Int] = []

    @Option(help: "Check the proof in this file.", completion: .file())
    var check: String?

    @Option(help: "The log's verifier key, for --check.")
    var vkey: [VerifierKeyArgument] = []

    func validate() throws {
        let asked = (seq == nil ? 0 : 1) + (consistency.isEmpty ? 0 : 1) + (check == nil ? 0 : 1)
        guard asked == 1 else { throw ValidationError("give one of --seq, --consistency and --check") }
        guard check != nil || !places.isEmpty else { throw ValidationError("name a policy, or files of a log") }
        guard consistency.isEmpty || consistency.count == 2 else {
            throw ValidationError("--consistency takes two sizes")
        }
        if consistency.count == 2, consistency[0] > consistency[1] {
            throw ValidationError("--consistency takes the smaller size first")
        }
    }

    func run() async throws {
        if let check { return try ProofCheck.run(check, keys: vkey.map(\.verifier)) }
        let snapshot = try AuditPlaces.snapshot(places)
        let (log, notes) = (snapshot.files, snapshot.notes.flatMap(\.entries))
        do {
            let bytes =
                if let seq {
                    try inclusion(of: seq, log, notes)
                } else {
                    try consistency(log, notes)
                }
            print(String(decoding: bytes, as: UTF8.self))
        } catch let failure as AuditReadingFailure {
            throw AuditFailed.couldNotLook(failure)
        } catch let failure as LogProofs.Failure {
            printError("error: \(failure)")
            throw AuditFailed.exitCode
        }
    }

    private func inclusion(of seq: Int, _ log: LogFiles, _ notes: [NoteFile.Entry]) throws -> [UInt8] {
        let last = log.segments.reversed().lazy.compactMap(\.last).first?.seq
        if let last, seq > last {
            printError("error: record \(seq) is not there: the log ends with record \(last)")
            throw AuditFailed.exitCode
        }
        let latest = notes.compactMap(\.checkpoint).map(\.size).max()
        guard let size = size ?? latest else {
            printError("error: there is no checkpoint beside the log; say with --size how many records are meant")
            throw AuditFailed.exitCode
        }
        if self.size == nil, size <= seq {
            printError(
                "error: no checkpoint has record \(seq) yet, the latest is over \(size) records; "
                    + "try again in some seconds, or give --size")
            throw AuditFailed.exitCode
        }
        let made = try LogProofs.inclusion(of: seq, size: size, in: log)
        let note = notes.first { $0.checkpoint?.size == size }
        if note == nil { Self.warnUnsigned(size, notes) }
        return PortableProof.inclusion(made.proof, root: made.root, line: made.line, note: note?.bytes).json
    }

    private func consistency(_ log: LogFiles, _ notes: [NoteFile.Entry]) throws -> [UInt8] {
        let made = try LogProofs.consistency(consistency[0], consistency[1], in: log)
        let signed = consistency.map { size in
            let note = notes.first { $0.checkpoint?.size == size }
            if note == nil { Self.warnUnsigned(size, notes) }
            return note?.bytes
        }
        return PortableProof.consistency(
            made.proof, firstRoot: made.firstRoot, secondRoot: made.secondRoot, notes: (signed[0], signed[1])
        ).json
    }

    private static func warnUnsigned(_ size: Int, _ notes: [NoteFile.Entry]) {
        let sizes = Set(notes.compactMap(\.checkpoint).map(\.size))
        let nearest = sizes.sorted { abs($0 - size) < abs($1 - size) }.prefix(5).sorted()
        let others =
            nearest.isEmpty
            ? "there is none beside the log" : "sizes with one: " + nearest.map { String($0) }.joined(separator: ", ")
        printError("warning: no checkpoint of \(size) records: this proof is unsigned; \(others)")
    }
}

/// `prove --check`: whether a proof holds, and whether what it leads to is signed.
private enum ProofCheck {
    static func run(_ path: String, keys: [NoteVerifier]) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            printError("error: `\(path)` cannot be read")
            throw AuditFailed.exitCode
        }
        guard let proof = PortableProof(parsing: [UInt8](data)) else {
            printError("error: `\(path)` is no proof as `bulla audit prove` writes it")
            throw AuditFailed.exitCode
        }
        if let mistake = proof.mistake(keys: keys) {
            printError("error: the proof does not hold: \(TerminalText.of(mistake))")
            throw ExitCode(1)
        }
        guard keys.isEmpty || proof.isSigned else {
            printError("error: the proof cannot be checked against the key: no checkpoint of its root is in it")
            throw AuditFailed.exitCode
        }
        print(proof.sentence)
        if !proof.isSigned {
            printError("note: no checkpoint is in it; compare its root with one that you trust")
        } else if keys.isEmpty {
            printError("note: whoever made the proof could have made its checkpoint too; pass --vkey to trust it")
        }
    }
}
