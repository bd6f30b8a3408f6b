import StrictCoding

/// A line that does not follow the one before it, and what is needed to say which of them is wrong, and how.
///
/// Two records are witnesses of each: the one after holds its digest, and it holds that of the one before.
struct Suspicion: Sendable {
    /// Nil when the suspect is the first line.
    let previous: AcceptedLine?
    let doubt: PendingFinding?
    /// Whether a checkpoint that covers the previous line agrees.
    let isProven: Bool
    let origin: ByteString?
    /// Up to the previous line.
    let tree: CompactRange
    /// What was signed for a log of one line more.
    let signedRoot: Digest?

    let suspect: LineDigests
    let bytes: [UInt8]
    /// Counted from 1.
    let number: Int
    /// The link of the earlier record with the suspect's `seq`, if that is known.
    let twin: Digest?

    private var followers: [LineDigests] = []
    private var placeTurnsUp = false
    private var gapTurnsUp = false
    private var laterTwin: Digest?
    private var largestLater = -1

    private static let lookAhead = 8

    init(
        previous: AcceptedLine?, doubt: PendingFinding?, isProven: Bool, origin: ByteString?, tree: CompactRange,
        signedRoot: Digest?, suspect: LineDigests, bytes: [UInt8], number: Int, twin: Digest?
    ) {
        self.previous = previous
        self.doubt = doubt
        self.isProven = isProven
        self.origin = origin
        self.tree = tree
        self.signedRoot = signedRoot
        self.suspect = suspect
        self.bytes = bytes
        self.number = number
        self.twin = twin
    }

    /// The `seq` that should have come.
    private var place: Int { (previous?.seq ?? -1) + 1 }
    private var head: RecordHead? { try? suspect.head.get() }
    /// The first of the next lines that is a record at all.
    private var next: (head: RecordHead, link: Digest)? {
        for line in followers {
            if case .success(let head) = line.head { return (head, line.link) }
        }
        return nil
    }

    mutating func follow(_ line: LineDigests) {
        if followers.count < Self.lookAhead { followers.append(line) }
        guard case .success(let later) = line.head else { return }
        largestLater = max(largestLater, later.seq)
        if later.seq == place { placeTurnsUp = true }
        guard let head else { return }
        if later.seq >= place, later.seq < head.seq { gapTurnsUp = true }
        if later.seq == head.seq, laterTwin == nil { laterTwin = line.link }
    }

    /// Asked when all lines have been seen.
    var finding: LogFinding {
        guard let previous else { return findingAtStart }
        // A line feed that became another character, or another that became one, shows in the text of the line.
        if !Self.isJSON(previous.bytes ?? []) {
            return edited(previous, "record \(previous.seq) is not JSON any more")
        }
        guard let head else { return unreadable(after: previous) }
        if head.seq == place { return wrongLink(head, after: previous) }
        if head.seq > place { return gap(head, after: previous) }
        return step(back: head, after: previous)
    }

    static func isJSON(_ line: [UInt8]) -> Bool {
        (try? JSONDocument(parsing: line, limits: OpenedRecord.limits))?.root.kind == .object
    }
}

/// The cases.
extension Suspicion {
    private func unreadable(after previous: AcceptedLine) -> LogFinding {
        if doubt != nil { return edited(previous, "record \(previous.seq) is not as it was written") }
        if let next, next.head.seq == place {
            guard next.head.prev == previous.link else {
                return edited(
                    previous, "record \(previous.seq), or the link of record \(place) to it, is not as it was written")
            }
            return LogFinding(.edited, place, line: number, "a line that is no record stands before record \(place)")
        }
        return LogFinding(.edited, place, line: number, "record \(place) is not a record any more: \(fault)")
    }

    private func wrongLink(_ head: RecordHead, after previous: AcceptedLine) -> LogFinding {
        if head.isOpened, let opened = try? OpenedRecord(bytes), let origin, opened.origin != origin {
            return forked(place, "from record \(place) on the records are of the log `\(opened.origin)`")
        }
        if let next, next.head.seq == place, next.head.prev == previous.link {
            return forked(place, "a record of another chain stands before record \(place)")
        }
        if doubt != nil { return edited(previous, "record \(previous.seq) is not as it was written") }
        let changed = "record \(previous.seq), or the link of record \(place) to it, is not as it was written"
        if let next, next.head.seq == place + 1 {
            guard next.head.prev == suspect.link else {
                return LogFinding(
                    .edited, place, line: number,
                    "record \(place) is not as it was written: neither does it link to record \(previous.seq), "
                        + "nor record \(place + 1) to it; record \(previous.seq) may have been changed too")
            }
            guard isProven else { return edited(previous, changed) }
            return forked(
                place, "from record \(place) on the records are of another chain: a checkpoint covers the ones before")
        }
        // The last two: only a checkpoint can tell which of them it was.
        if isProven || isMendedByLink(head, previous.link) {
            return LogFinding(
                .edited, place, line: number,
                "record \(place) is not as it was written: a checkpoint covers record \(previous.seq), "
                    + "to which it does not link")
        }
        return edited(previous, changed)
    }

    private func gap(_ head: RecordHead, after previous: AcceptedLine) -> LogFinding {
        let missing = place...head.seq - 1
        if head.prev == previous.link {
            if let next, next.head.seq == head.seq + 1 { return deleted(missing) }
            return renumbered(head)
        }
        if !placeTurnsUp, let next, next.head.seq == place + 1 { return replaced(head) }
        guard gapTurnsUp else { return deleted(missing) }
        if let next, next.head.seq == place, next.head.prev == previous.link,
            laterTwin.map({ $0 != suspect.link }) ?? (head.seq > largestLater + 1)
        {
            return forked(place, "a record of another log, with seq \(head.seq), stands before record \(place)")
        }
        let what = laterTwin == suspect.link ? "a copy of record \(head.seq)" : "record \(head.seq)"
        return LogFinding(.reordered, place, line: number, "\(what) stands where record \(place) belongs")
    }

    private func step(back head: RecordHead, after previous: AcceptedLine) -> LogFinding {
        if head.prev == previous.link, next.map({ $0.head.seq == place + 1 }) ?? true { return renumbered(head) }
        if !placeTurnsUp, let next, next.head.seq == place + 1 { return replaced(head) }
        guard let twin, twin != suspect.link else {
            return LogFinding(
                .reordered, head.seq, line: number, "record \(head.seq) stands again where record \(place) belongs")
        }
        return forked(head.seq, "there are two different records \(head.seq)")
    }

    private var findingAtStart: LogFinding {
        guard let head else {
            let seq = max(0, (next?.head.seq ?? 1) - 1)
            return LogFinding(.edited, seq, line: number, "record \(seq) is not a record any more: \(fault)")
        }
        if gapTurnsUp, !head.isOpened {
            return LogFinding(.reordered, 0, line: number, "record \(head.seq) stands where record 0 belongs")
        }
        guard head.isOpened else {
            return LogFinding(
                .deleted, 0...head.seq - 1, line: number,
                "the log begins with record \(head.seq), which does not say what was before it")
        }
        guard let next else {
            return LogFinding(
                .edited, head.seq, line: number, "record \(head.seq) does not open a segment as it should")
        }
        if next.head.seq == head.seq + 1, next.head.prev == suspect.link {
            return forked(head.seq, "record \(head.seq) does not open a segment as it should")
        }
        let seq = max(0, next.head.seq - 1)
        return LogFinding(.edited, seq, line: number, "record \(seq) is not as it was written: record \(seq + 1) tells")
    }
}

/// The words.
extension Suspicion {
    private func edited(_ line: AcceptedLine, _ message: String) -> LogFinding {
        LogFinding(.edited, line.seq, line: line.number, message)
    }

    private func forked(_ seq: Int, _ message: String) -> LogFinding {
        LogFinding(.forked, seq, line: number, message)
    }

    private func deleted(_ seqs: ClosedRange<Int>) -> LogFinding {
        let what =
            seqs.count == 1 ? "record \(seqs.lowerBound) is" : "records \(seqs.lowerBound) to \(seqs.upperBound) are"
        return LogFinding(.deleted, seqs, line: number, "\(what) missing before record \(seqs.upperBound + 1)")
    }

    private func renumbered(_ head: RecordHead) -> LogFinding {
        LogFinding(.edited, place, line: number, "record \(place) says that it is record \(head.seq)")
    }

    private func replaced(_ head: RecordHead) -> LogFinding {
        LogFinding(
            .edited, place, line: number,
            "in the place of record \(place) stands one that says it is record \(head.seq)")
    }

    private var fault: String {
        guard case .failure(let fault) = suspect.head else { return "" }
        return switch fault {
        case .tooLong: "it is longer than a record can be"
        case .notARecord: "it does not begin as one"
        case .unknownVersion: "it is of a version that is not known"
        case .invalid(let member): "`\(member.rawValue)` is not as it is written"
        case .notClosed: "it does not end as one"
        }
    }

    /// Whether the signed root is that of the suspect with the link it should have.
    private func isMendedByLink(_ head: RecordHead, _ link: Digest) -> Bool {
        guard let signedRoot else { return false }
        var mended = bytes
        mended.replaceSubrange(head.prevDigits, with: link.hex)
        var tree = tree
        tree.append(MerkleTree.leafHash(mended))
        return tree.root == signedRoot
    }
}
