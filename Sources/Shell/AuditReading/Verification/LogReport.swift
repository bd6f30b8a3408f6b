package import AuditProof
package import StrictCoding

/// What was found out about a log.
package struct LogReport: Sendable {
    /// A call that has an intent and no result.
    package struct OpenCall: Sendable, Equatable {
        package let seq: Int
        package let txn: ByteString?
    }

    /// A record that names another key than the one before it that names any.
    package struct KeyChange: Sendable, Equatable {
        package let seq: Int
        package let vkey: ByteString
    }

    /// Where in the files a finding is.
    package struct Place: Sendable, Equatable {
        package let file: String
        /// Counted from 1.
        package let line: Int
    }

    package let verdict: LogVerdict
    package let segments: Int
    package let first: RecordStamp?
    package let last: RecordStamp?
    /// With which signatures were checked; nil where there was none.
    package let vkey: ByteString?
    /// Whether the key was given, and not taken from the log.
    package let isKeyGiven: Bool
    /// Files that end within a checkpoint.
    package let tornNotes: [String]
    package let openCalls: [OpenCall]
    /// Records that name another key than those before them: no gateway goes on with a log whose key it has not.
    package let keyChanges: [KeyChange]
    /// Keys that the log names itself, oldest first.
    package let namedKeys: [ByteString]
    /// Whether what came after the files was not given.
    package let goesOn: Bool
    private let segmentLines: [(path: String, lines: Int)]

    /// The first thing that is wrong; nil where nothing is.
    package var finding: LogFinding? { verdict.findings.first }

    /// Whether a trusted key signed any checkpoint.
    package var isSigned: Bool { verdict.verified > 0 }

    /// Why nothing can be said with the key that was given; nil where something can, or where none was given.
    package var whyNotChecked: String? {
        guard isKeyGiven, !isSigned, finding == nil else { return nil }
        let what =
            verdict.strangers == 0
            ? "no checkpoint was found beside the log, and none was given"
            : "of \(verdict.strangers) checkpoints none is signed by the key given"
        guard let vkey, !namedKeys.contains(vkey) else { return what }
        guard !namedKeys.isEmpty else { return what + "; the log names no key" }
        return what + "; it is not a key that the log names: "
            + namedKeys.map { "`\($0)`" }.joined(separator: ", ")
    }

    /// The file and line of a finding; nil for one that is about no line.
    package func place(of finding: LogFinding) -> Place? {
        guard var line = finding.line else { return nil }
        for segment in segmentLines {
            if line <= segment.lines { return Place(file: segment.path, line: line) }
            line -= segment.lines
        }
        return nil
    }

    init(
        _ verdict: LogVerdict, _ snapshot: LogSnapshot, _ keys: TrustedKeys, calls: CallLedger, claims: KeyClaims,
        lines: [(path: String, lines: Int)]
    ) {
        let (log, notes) = (snapshot.files, snapshot.notes)
        self.verdict = verdict
        segments = log.segments.count
        first = log.segments.lazy.compactMap(\.first).first
        last = log.segments.reversed().lazy.compactMap(\.last).first
        vkey = keys.verifiers.first?.vkey
        isKeyGiven = keys.areGiven
        namedKeys = keys.named.map(\.vkey)
        goesOn = log.goesOn
        tornNotes = notes.filter(\.isTorn).map(\.path)
        keyChanges = claims.changes
        openCalls = calls.calls.map { OpenCall(seq: $0.seq, txn: $0.txn) }
        segmentLines = lines
    }
}
