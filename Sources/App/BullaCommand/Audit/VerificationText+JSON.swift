import AuditProof
import AuditReading
import StrictCoding

/// What a verification found, for programs.
extension VerificationText {
    static func json(_ report: LogReport) -> String {
        let verdict = report.verdict
        var writer = JSONWriter()
        writer.object { document in
            document.member("ok", verdict.isWhole && report.whyNotChecked == nil)
            document.member("signed", report.isSigned)
            if let why = report.whyNotChecked { document.member("not_checked", why) }
            if let origin = verdict.origin { document.member("origin", origin) }
            document.member("segments", report.segments)
            document.member("records", verdict.seqs.count)
            document.member("lines", verdict.lines)
            if let first = report.first { stamp("first", first, &document) }
            if let last = report.last { stamp("last", last, &document) }
            document.name("tree")
            document.object {
                $0.member("size", verdict.tree.end)
                $0.member("root", ByteString(verdict.tree.root.base64))
            }
            document.member("checkpoints", verdict.agreeing)
            document.member("covered", verdict.covered)
            if let vkey = report.vkey { document.member("vkey", vkey) }
            document.member("vkey_is_given", report.isKeyGiven)
            if !report.keyChanges.isEmpty {
                document.name("key_changes")
                document.array { list in
                    for change in report.keyChanges {
                        list.object {
                            $0.member("seq", change.seq)
                            $0.member("vkey", change.vkey)
                        }
                    }
                }
            }
            document.name("findings")
            document.array { list in
                for finding in verdict.findings { write(finding, report, &list) }
            }
            incomplete(report, &document)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func stamp(_ name: StaticString, _ stamp: RecordStamp, _ document: inout JSONWriter) {
        document.name(name)
        document.object {
            $0.member("seq", stamp.seq)
            $0.member("ts", stamp.moment.text)
        }
    }

    private static func write(_ finding: LogFinding, _ report: LogReport, _ list: inout JSONWriter) {
        list.object { entry in
            entry.member("class", finding.corruption.rawValue)
            if let place = report.place(of: finding) {
                entry.member("file", place.file)
                entry.member("line", place.line)
            }
            if let seqs = finding.seqs {
                entry.member("seq", seqs.lowerBound)
                if seqs.count > 1 { entry.member("last_seq", seqs.upperBound) }
            }
            entry.member("message", finding.message)
        }
    }

    private static func incomplete(_ report: LogReport, _ document: inout JSONWriter) {
        document.name("incomplete")
        document.object { list in
            for incompleteness in report.verdict.incomplete {
                switch incompleteness {
                case .tornLine(let bytes): list.member("torn_bytes", bytes)
                case .goesOn(let size): list.member("checkpoints_go_on_to", size)
                case .uncovered(_, let records): list.member("records_without_checkpoint", records)
                }
            }
            if !report.tornNotes.isEmpty { list.member("torn_checkpoint_files", report.tornNotes.count) }
            list.member("intents_without_result", report.openCalls.count)
            list.name("first_intents")
            list.array { calls in
                for call in report.openCalls.prefix(shownCalls) {
                    calls.object {
                        $0.member("seq", call.seq)
                        if let txn = call.txn { $0.member("txn", txn) }
                    }
                }
            }
        }
    }
}
