package import StrictCoding

/// One thing that is wrong with a log.
package struct LogFinding: Hashable, Sendable {
    package enum Corruption: String, CaseIterable, Sendable {
        /// A record has other bytes than it was written with.
        case edited
        /// Records are missing between others, or before the first.
        case deleted
        /// Records stand where they were not written, or twice.
        case reordered
        /// Records that a checkpoint covers are missing at the end.
        case truncated
        /// Whole in itself, but not what was signed; or records that are not of this log.
        case forked
        /// A checkpoint that the key signed for another log.
        case otherLog = "other_log"
        /// A checkpoint that no key trusted has signed.
        case badSignature = "bad_signature"
    }

    package let corruption: Corruption
    /// The records that it is about: one, where that can be told. Nil for a checkpoint.
    package let seqs: ClosedRange<Int>?
    /// Where it shows, counted from 1 over all lines given. Nil for what is missing at the end, and for a checkpoint.
    package let line: Int?
    /// For people.
    package let message: String

    init(_ corruption: Corruption, _ seqs: ClosedRange<Int>?, line: Int?, _ message: String) {
        self.corruption = corruption
        self.seqs = seqs
        self.line = line
        self.message = message
    }

    init(_ corruption: Corruption, _ seq: Int, line: Int?, _ message: String) {
        self.init(corruption, seq...seq, line: line, message)
    }

    /// The first bad record.
    package var seq: Int? { seqs?.lowerBound }
}

/// What came of verifying a log.
package struct LogVerdict: Hashable, Sendable {
    /// What only says that the log may go on, or that nobody vouches for its end yet.
    package enum Incompleteness: Hashable, Sendable {
        /// So many bytes without a line feed stand at the end.
        case tornLine(bytes: Int)
        /// No checkpoint covers the records from this one on.
        case uncovered(from: Int, records: Int)
        /// The lines given are not the last of the log, and its checkpoints go on to this size.
        case goesOn(size: Int)
    }

    /// What is wrong: of the records the first that is, then what is wrong with the checkpoints.
    package let findings: [LogFinding]
    package let incomplete: [Incompleteness]
    /// By the log's own account, or as it was given.
    package let origin: ByteString?
    /// The records that follow each other as they were written, up to the first that is wrong.
    package let seqs: Range<Int>
    /// All lines that were given.
    package let lines: Int
    /// Over the records in `seqs` and those before them; where something is wrong, the largest that is known of these.
    package let tree: CompactRange
    /// How many records the largest checkpoint covers that agrees with these.
    package let covered: Int
    /// How many different checkpoints agree.
    package let agreeing: Int
    /// Checkpoints of what is before the first record given: nothing can be said of them.
    package let unchecked: Int
    /// How many notes a trusted key signed, whatever they say.
    package let verified: Int
    /// How many notes no trusted key signed. Findings only where others were verified, or where the log named the keys.
    package let strangers: Int

    package var isWhole: Bool { findings.isEmpty }
}
