package import StrictCoding

/// Verifies a log in one pass over its lines: finds the first record that is not as it was written.
///
/// ```text
/// following ── a line does not follow ──▶ suspecting: the rest of the lines says what happened
///     │ a checkpoint or a segment's own account disagrees, and the next line links to this one ──▶ found
///     └── the end ──▶ whole, edited (the last record) or truncated
/// ```
///
/// It holds the line at hand and the one before, the links of the last 1 024 records, and of the lines after a suspect
/// the digests of eight. Whether a missing record turns up later is asked of all that follow.
package struct LogVerifier: Sendable {
    private var checkpoints: CheckpointWalk
    private let expectedOrigin: ByteString?
    private var origin: ByteString?

    private var lineNumber = 0
    /// What is before the first record.
    private var start = CompactRange()
    /// All records but the last: no other vouches for that one yet.
    private var settled = CompactRange()
    private var lastLeaf: Digest?
    private var firstSeq: Int?
    private var last: AcceptedLine?
    private var recent = RecentLinks()

    private var pending: PendingFinding?
    private var suspicion: Suspicion?
    private var found: LogFinding?

    /// - Parameters:
    ///   - notes: the checkpoints known, wherever they come from. Without verifiers there must be none.
    ///   - verifiers: the keys that are trusted to sign them, that of the log first.
    ///   - origin: which log this should be; without it, the one that the first key is named for, or that the first
    ///     line names.
    ///   - areKeysTheLogs: the log itself named the keys, so that it has no note by another.
    package init(
        notes: [ArraySlice<UInt8>] = [], verifiers: [NoteVerifier] = [], origin: ByteString? = nil,
        areKeysTheLogs: Bool = false
    ) {
        expectedOrigin = origin ?? verifiers.first?.name
        checkpoints = CheckpointWalk(
            CheckpointSet(
                notes: notes, verifiers: verifiers, origin: expectedOrigin, areKeysTheLogs: areKeysTheLogs))
        self.origin = expectedOrigin
    }

    /// Takes whole lines, in the order of the log: any number of them at a time.
    ///
    /// - Parameter lines: those of `chunk`, as `LineDigests.of` makes them.
    package mutating func take(_ chunk: UnsafeRawBufferPointer, _ lines: [LineDigests]) {
        for line in lines {
            lineNumber += 1
            if found != nil { continue }
            if suspicion != nil {
                suspicion?.follow(line)
                continue
            }
            let bytes = UnsafeRawBufferPointer(rebasing: chunk[line.range])
            guard case .success(let head) = line.head, follows(head, bytes) else {
                suspect(line, bytes, chunk)
                continue
            }
            if let pending {
                found = pending.whenLinked
                continue
            }
            accept(line, head, bytes)
        }
        // The chunk goes away.
        last?.keep(from: chunk)
    }

    package mutating func take(_ chunk: [UInt8]) {
        chunk.withUnsafeBytes { take($0, LineDigests.of($0)) }
    }

    /// - Parameters:
    ///   - tornBytes: how many bytes without a line feed stand behind the last line.
    ///   - goesOn: these are not the last lines of the log, so that checkpoints of more are no wonder.
    package func finish(tornBytes: Int = 0, goesOn: Bool = false) -> LogVerdict {
        var findings: [LogFinding] = []
        let first = firstFinding ?? (goesOn ? nil : checkpoints.truncation(after: end))
        if let first { findings.append(first) }
        let known = checkpoints.known
        findings += known.findings
        if let origin { findings += known.foreign(to: origin) }
        var incomplete: [LogVerdict.Incompleteness] = []
        if tornBytes > 0 { incomplete.append(.tornLine(bytes: tornBytes)) }
        if end > checkpoints.covered, findings.isEmpty {
            let from = max(checkpoints.covered, firstSeq ?? 0)
            incomplete.append(.uncovered(from: from, records: end - from))
        }
        if goesOn, let largest = known.entries.last, largest.size > end {
            incomplete.append(.goesOn(size: largest.size))
        }
        let held = held(first)
        return LogVerdict(
            findings: findings, incomplete: incomplete, origin: origin, seqs: min(firstSeq ?? 0, held)..<held,
            lines: lineNumber, tree: tree(within: held), covered: checkpoints.covered,
            agreeing: checkpoints.agreeing, unchecked: checkpoints.unchecked, verified: known.verified,
            strangers: known.strangers)
    }
}

/// The lines.
extension LogVerifier {
    private func follows(_ head: RecordHead, _ bytes: UnsafeRawBufferPointer) -> Bool {
        if let last { return head.seq == last.seq + 1 && head.prev == last.link }
        // Whatever is wrong with the record that a log begins with, the next one has to vouch for it.
        if head.seq == 0 { return true }
        return head.isOpened && (try? OpenedRecord(Array(bytes))) != nil
    }

    private mutating func accept(_ line: LineDigests, _ head: RecordHead, _ bytes: UnsafeRawBufferPointer) {
        if let lastLeaf { settled.append(lastLeaf) }
        lastLeaf = nil
        if last == nil || head.isOpened { checkOpening(head, bytes) }
        lastLeaf = line.leaf
        recent.add(line.link, seq: head.seq)
        last = AcceptedLine(
            seq: head.seq, prev: head.prev, link: line.link, number: lineNumber, range: line.range, bytes: nil)
        compare()
    }

    private mutating func compare() {
        guard checkpoints.isDue(at: end) else { return }
        let wrong = checkpoints.reach(tree, first: firstSeq ?? 0, line: lineNumber)
        if pending == nil { pending = wrong }
    }

    /// A segment's first record says what was before it.
    private mutating func checkOpening(_ head: RecordHead, _ bytes: UnsafeRawBufferPointer) {
        let isFirst = last == nil
        if isFirst { firstSeq = head.seq }
        let opened: OpenedRecord
        do {
            opened = try OpenedRecord(Array(bytes))
        } catch {
            return doubt(
                head.seq, "record \(head.seq) should open a segment, and is no `audit.opened` as it is written")
        }
        if isFirst {
            start = opened.tree
            settled = start
            if origin == nil { origin = opened.origin }
            checkpoints.begin(with: head.seq)
            compare()
        }
        if let origin, opened.origin != origin {
            doubt(head.seq, "record \(head.seq) is of the log `\(opened.origin)`, not of `\(origin)`")
        } else if head.seq == 0, head.prev != LogChain.genesis(origin: opened.origin) {
            doubt(head.seq, "the first record does not begin the chain of `\(opened.origin)`")
        } else if opened.tree != settled {
            doubt(head.seq, "record \(head.seq) opens a segment after other records than those that are here")
        }
    }

    private mutating func doubt(_ seq: Int, _ message: String) {
        guard pending == nil else { return }
        pending = PendingFinding(
            whenLinked: LogFinding(.forked, seq, line: lineNumber, message),
            whenLast: LogFinding(.edited, seq, line: lineNumber, message))
    }

    private mutating func suspect(
        _ line: LineDigests, _ bytes: UnsafeRawBufferPointer, _ chunk: UnsafeRawBufferPointer
    ) {
        last?.keep(from: chunk)
        let size = end + 1
        suspicion = Suspicion(
            previous: last, doubt: pending, isProven: last != nil && checkpoints.covered == end, origin: origin,
            tree: tree,
            signedRoot: checkpoints.known.root(at: size), suspect: line, bytes: Array(bytes), number: lineNumber,
            twin: (try? line.head.get()).flatMap { recent.link(of: $0.seq) })
    }

    private var firstFinding: LogFinding? {
        if let found { return found }
        if let suspicion { return suspicion.finding }
        if let last, !Suspicion.isJSON(last.bytes ?? []) {
            return LogFinding(
                .edited, last.seq, line: last.number, "record \(last.seq), the last, is not JSON any more")
        }
        return pending?.whenLast
    }
}

/// What holds.
extension LogVerifier {
    private var end: Int { settled.end + (lastLeaf == nil ? 0 : 1) }

    private var tree: CompactRange {
        guard let lastLeaf else { return settled }
        var tree = settled
        tree.append(lastLeaf)
        return tree
    }

    /// Where the records end that are as they were written, as far as can be told: before the first bad one.
    private func held(_ finding: LogFinding?) -> Int {
        guard let finding, let bad = finding.seq else { return end }
        var held = min(bad, end)
        // A changed record does not vouch for the one before it.
        if found == nil, suspicion != nil, finding.corruption == .edited { held = min(held, settled.end) }
        return max(held, checkpoints.covered, firstSeq ?? 0)
    }

    /// The largest tree that is known and has no record beyond `size`.
    private func tree(within size: Int) -> CompactRange {
        if end <= size { return tree }
        if settled.end <= size { return settled }
        if let covered = checkpoints.coveredTree, covered.end <= size { return covered }
        return start
    }
}
