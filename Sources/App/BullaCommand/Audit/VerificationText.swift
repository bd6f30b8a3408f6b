import AuditProof
import AuditReading
import StrictCoding

/// What a verification found, for people.
enum VerificationText {
    /// Of open calls, and of records that name another key, so many are named.
    static let shownCalls = 5

    static func text(_ report: LogReport) -> String {
        var lines: [String] = []
        if let origin = report.verdict.origin { lines.append("log          \(TerminalText.of(origin))") }
        lines.append("records      \(range(report))")
        lines.append("checkpoints  \(checkpoints(report))")
        lines.append("key          \(key(report))")
        lines += keyChanges(report).map { "warning      \($0)" }
        lines += incomplete(report).map { "incomplete   \($0)" }
        lines.append("result       \(result(report))")
        return lines.joined(separator: "\n")
    }

    /// One line with its place, and a way out.
    static func text(_ finding: LogFinding, _ report: LogReport) -> String {
        let place = report.place(of: finding).map { "\(TerminalText.of($0.file)):\($0.line): " } ?? ""
        let record = finding.seq.map { "seq \($0): " } ?? ""
        return "\(place)error: \(finding.corruption.rawValue): \(record)\(TerminalText.of(finding.message))\n"
            + "  help: \(help(finding.corruption))"
    }

    private static func result(_ report: LogReport) -> String {
        if let finding = report.finding { return finding.corruption.rawValue }
        return report.isSigned ? "ok" : "unsigned: the chain is whole, and no signature was checked"
    }

    private static func range(_ report: LogReport) -> String {
        let verdict = report.verdict
        guard !verdict.seqs.isEmpty else { return "none that holds" }
        let what = report.finding == nil ? "" : " hold, of \(count(verdict.lines, "line"))"
        let times: String =
            if report.finding == nil, let first = report.first, let last = report.last {
                ", \(first.moment.text) to \(last.moment.text)"
            } else {
                ""
            }
        return
            "\(verdict.seqs.count)\(what), seq \(verdict.seqs.lowerBound) to \(verdict.seqs.upperBound - 1)\(times), "
            + "in \(count(report.segments, "file"))"
    }

    private static func checkpoints(_ report: LogReport) -> String {
        let verdict = report.verdict
        let earlier = verdict.unchecked == 0 ? "" : "; \(verdict.unchecked) of before these records"
        guard verdict.agreeing > 0 else { return "none over these records" + earlier }
        return "\(verdict.agreeing) agree, the last over \(verdict.covered) records, "
            + "\(count(max(0, verdict.seqs.upperBound - verdict.covered), "record")) after it" + earlier
    }

    private static func key(_ report: LogReport) -> String {
        guard let vkey = report.vkey else { return "none: the log names no key, and none was given" }
        let name = TerminalText.of(vkey)
        return report.isKeyGiven
            ? "\(name) (given)" : "\(name)\n             the key is the log's own claim; pass --vkey to trust it"
    }

    /// What a gateway does not write: it goes on with a log only if it has the log's key.
    private static func keyChanges(_ report: LogReport) -> [String] {
        let all = report.keyChanges
        let lines = all.prefix(shownCalls).map { change in
            "record \(change.seq) names another key than the records before it: \(TerminalText.of(change.vkey))"
        }
        return all.count > shownCalls ? lines + ["more than \(shownCalls) records do"] : lines
    }

    private static func incomplete(_ report: LogReport) -> [String] {
        var lines = report.verdict.incomplete.map { incompleteness in
            switch incompleteness {
            case .tornLine(let bytes):
                "the last line has no end (\(count(bytes, "byte"))): the gateway is writing it, or was killed"
            case .goesOn(let size):
                "checkpoints go on to \(size) records; give the files after it too"
            case .uncovered(let from, let records):
                "\(count(records, "record")) from seq \(from) on without a checkpoint"
                    + (report.isSigned && !report.goesOn ? ": chained, not signed yet" : ": chained only")
            }
        }
        lines += report.tornNotes.map { "\(TerminalText.of($0)) ends within a checkpoint" }
        guard !report.openCalls.isEmpty else { return lines }
        let shown = report.openCalls.prefix(shownCalls).map { call in
            "seq \(call.seq) txn \(call.txn.map { TerminalText.of($0) } ?? "-")"
        }
        let more = report.openCalls.count > shownCalls ? ", …" : ""
        lines.append(
            "\(count(report.openCalls.count, "intent")) without a result: \(shown.joined(separator: ", "))\(more); "
                + "the gateway may have been killed between, or the calls are running")
        return lines
    }

    private static func help(_ corruption: LogFinding.Corruption) -> String {
        switch corruption {
        case .edited, .deleted, .reordered:
            "what stands before it holds; compare with a copy that was shipped away, and give all files of the log"
        case .truncated: "its end was removed after the checkpoint was made, or a file of the log was not given"
        case .forked: "it was written anew after it was signed, or a file is another log's"
        case .otherLog: "the checkpoint belongs to another log; leave it out, or give the files of that log"
        case .badSignature: "the checkpoint was changed or is by another key; give the log's keys with --vkey"
        }
    }

    static func count(_ number: Int, _ noun: String) -> String {
        number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
    }
}
