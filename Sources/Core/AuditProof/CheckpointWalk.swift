import StrictCoding

/// The checkpoints known of a log, compared with its tree as that grows.
struct CheckpointWalk: Sendable {
    let known: CheckpointSet
    /// Of the entries, the first that the log has not reached.
    private var next = 0
    /// How many records the largest one covers that agrees.
    private(set) var covered = 0
    /// The tree that it was signed for.
    private(set) var coveredTree: CompactRange?
    /// How many notes agree.
    private(set) var agreeing = 0
    /// How many notes are about what is before the first record.
    private(set) var unchecked = 0

    init(_ known: CheckpointSet) {
        self.known = known
    }

    /// The log begins with this record: of smaller sizes nothing can be said.
    mutating func begin(with seq: Int) {
        while next < known.entries.count, known.entries[next].size < seq {
            unchecked += known.entries[next].count
            next += 1
        }
    }

    /// Whether ``reach`` has something to compare at this size.
    func isDue(at size: Int) -> Bool { next < known.entries.count && known.entries[next].size == size }

    /// To be called for each size that is due, in order.
    ///
    /// - Parameters:
    ///   - tree: over the records up to that at hand.
    ///   - first: the record that the log begins with.
    ///   - line: where the record at hand stands.
    /// - Returns: what is wrong, if that record is as it was written.
    mutating func reach(_ tree: CompactRange, first: Int, line: Int) -> PendingFinding? {
        let entry = known.entries[next]
        next += 1
        guard entry.roots == [tree.root] else { return disagreement(entry, first: first, line: line) }
        covered = entry.size
        coveredTree = tree
        agreeing += entry.count
        return nil
    }

    /// What is missing behind the last of `end` records. Called when nothing else is wrong.
    func truncation(after end: Int) -> LogFinding? {
        guard let largest = known.entries.last, largest.size > end else { return nil }
        let seqs = end...largest.size - 1
        return LogFinding(
            .truncated, seqs, line: nil,
            "a checkpoint covers \(largest.size) records, and the log ends after \(end): "
                + "\(seqs.count) are missing at its end")
    }

    private func disagreement(_ entry: CheckpointSet.Entry, first: Int, line: Int) -> PendingFinding {
        let low = min(max(covered, first), max(entry.size - 1, 0))
        let seqs = low...max(low, entry.size - 1)
        let since = covered > 0 ? "the one before, of \(covered) records, agrees" : "no checkpoint before it agrees"
        if entry.roots.count > 1 {
            let finding = LogFinding(
                .forked, seqs, line: line,
                "checkpoints of \(entry.size) records were signed for \(entry.roots.count) different logs; \(since)")
            return PendingFinding(whenLinked: finding, whenLast: finding)
        }
        let forked = LogFinding(
            .forked, seqs, line: line,
            "the records are whole in themselves, but the checkpoint of \(entry.size) records was signed over others; "
                + since)
        // The last record is the only one that can be edited without any other telling.
        let isLastOnly = seqs.count == 1 && entry.size > 0
        let edited = LogFinding(
            .edited, seqs, line: line,
            "record \(seqs.lowerBound), the last, is not the one that the checkpoint of \(entry.size) records covers")
        return PendingFinding(whenLinked: forked, whenLast: isLastOnly ? edited : forked)
    }
}
