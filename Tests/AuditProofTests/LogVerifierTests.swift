import AuditProof
import Crypto
import StrictCoding
import Testing

@Suite struct LogVerifierTests {
    private typealias Found = SampleLog.Found

    /// Three segments; checkpoints within and at the end of them.
    private static func sample() throws -> SampleLog {
        try SampleLog(count: 24, opening: [0, 9, 17], checkpoints: [4, 9, 12, 17, 20, 24])
    }

    @Test(arguments: [nil, 1, 700, 3_000] as [Int?])
    func aLogAsItWasWrittenIsWhole(split: Int?) throws {
        let log = try Self.sample()
        let verdict = try log.verdict(split: split)
        #expect(verdict.isWhole)
        #expect(verdict.incomplete == [])
        #expect(verdict.origin == log.origin)
        #expect(verdict.seqs == 0..<24)
        #expect(verdict.tree == log.trees[24])
        #expect(verdict.covered == 24)
        #expect(verdict.agreeing == 6)
    }

    @Test(arguments: [9, 17])
    func aLogIsVerifiedFromAnySegmentOn(seq: Int) throws {
        let log = try Self.sample()
        let verdict = try log.verdict(Array(log.lines[seq...]))
        #expect(verdict.isWhole)
        #expect(verdict.seqs == seq..<24)
        #expect(verdict.covered == 24)
        #expect(verdict.unchecked == log.notes.count - verdict.agreeing)
        #expect(verdict.unchecked > 0)
    }

    @Test func whatIsNotCoveredYetIsIncomplete() throws {
        let log = try SampleLog(count: 10, checkpoints: [4])
        let verdict = try log.verdict(torn: 17)
        #expect(verdict.isWhole)
        #expect(verdict.incomplete == [.tornLine(bytes: 17), .uncovered(from: 4, records: 6)])
        let alone = try log.verdict(notes: [])
        #expect(alone.isWhole)
        #expect(alone.incomplete == [.uncovered(from: 0, records: 10)])
    }

    /// Every byte of every record, each with another bit. With a checkpoint after the last, no change gets through.
    @Test func everyChangedByteIsFoundInItsRecord() throws {
        let log = try Self.sample()
        for seq in log.lines.indices {
            for index in log.lines[seq].indices {
                var lines = log.lines
                lines[seq][index] ^= 1 << UInt8((index * 5 + seq) % 8)
                let found = try log.first(lines)
                // Nothing links to the last record: the checkpoint says that one of those since the last one changed.
                let isRange = seq == 23 && found == Found(.forked, 20)
                #expect(found == Found(.edited, seq) || isRange, "byte \(index) of record \(seq): \(found as Any)")
            }
        }
    }

    @Test func aChangedLastRecordIsNamedWhereTheCheckpointBeforeEndsWithTheOneBefore() throws {
        let log = try SampleLog(count: 8, checkpoints: [7, 8])
        var lines = log.lines
        lines[7][lines[7].count - 2] ^= 1
        #expect(try log.first(lines) == Found(.edited, 7))
        lines = log.lines
        lines[7][RecordHeadOffsets.prev] ^= 1
        #expect(try log.first(lines) == Found(.edited, 7))
        // Here a single checkpoint tells the record from its link.
        #expect(try log.first(lines, notes: [log.note(8)]) == Found(.edited, 7))
        lines = log.lines
        lines[6][lines[6].count - 2] ^= 1
        #expect(try log.first(lines, notes: [log.note(8)]) == Found(.edited, 6))
    }

    @Test func whatHoldsEndsBeforeTheFirstBadRecord() throws {
        let log = try SampleLog(count: 24, checkpoints: [4, 24])
        var lines = log.lines
        lines[8][lines[8].count - 2] ^= 1
        let edited = try log.verdict(lines)
        #expect(edited.findings.first?.seq == 8)
        #expect(edited.findings.first?.line == 9)
        #expect(
            edited.findings.first?.message == "record 8, or the link of record 9 to it, is not as it was written")
        #expect(edited.seqs == 0..<8)
        #expect(edited.tree == log.trees[8])
        lines = log.lines
        lines[23][lines[23].count - 2] ^= 1
        let last = try log.verdict(lines)
        #expect(last.seqs == 0..<4)
        #expect(last.tree == log.trees[4])
        // Two neighbours: the second is named, and the first is not among those that hold.
        lines = log.lines
        lines[8][lines[8].count - 2] ^= 1
        lines[9][lines[9].count - 2] ^= 1
        let two = try log.verdict(lines)
        #expect(two.findings.first?.seq == 9)
        #expect(two.seqs == 0..<8)
        #expect(two.tree == log.trees[8])
    }

    @Test func checkpointsBeyondTheEndAreNoWonderWhereTheLogGoesOn() throws {
        let log = try Self.sample()
        let verdict = try log.verdict(Array(log.lines[..<17]), goesOn: true)
        #expect(verdict.isWhole)
        #expect(verdict.covered == 17)
        #expect(verdict.incomplete == [.goesOn(size: 24)])
    }

    @Test func sameNotesCountOnceAndNotesByNoTrustedKeyAreCounted() throws {
        let log = try SampleLog(count: 8, checkpoints: [4, 8])
        #expect(try log.verdict(notes: log.notes + log.notes).agreeing == 2)
        let other = try SampleLog(origin: log.origin, count: 8, checkpoints: [4])
        let verdict = try log.verdict(notes: other.notes)
        #expect(verdict.isWhole)
        #expect(verdict.verified == 0)
        #expect(verdict.strangers == 1)
    }

    @Test func everyChangedLineFeedIsFound() throws {
        let log = try Self.sample()
        for seq in 0..<23 {
            for bit in 0..<8 {
                var lines = log.lines
                lines[seq] += [0x0A ^ 1 << UInt8(bit)] + lines[seq + 1]
                lines.remove(at: seq + 1)
                #expect(try log.first(lines) == Found(.edited, seq), "bit \(bit) after record \(seq)")
            }
        }
    }

    @Test func aRecordCutInTwoIsFound() throws {
        let log = try Self.sample()
        for seq in 0..<23 {
            for index in stride(from: 1, to: log.lines[seq].count - 1, by: 3) {
                var lines = log.lines
                lines[seq][index] = 0x0A
                #expect(try log.first(lines) == Found(.edited, seq), "byte \(index) of record \(seq)")
            }
        }
    }

    @Test(arguments: 1...4)
    func deletedRecordsAreNamed(count: Int) throws {
        let log = try Self.sample()
        for seq in 0..<(24 - count) {
            var lines = log.lines
            lines.removeSubrange(seq..<seq + count)
            // What begins with a segment's first record is taken for what it says.
            if seq == 0, lines[0] == log.lines[9] || lines[0] == log.lines[17] { continue }
            let verdict = try log.verdict(lines)
            #expect(verdict.findings.first?.corruption == .deleted)
            #expect(verdict.findings.first?.seqs == seq...seq + count - 1)
        }
    }

    @Test(arguments: [nil, 900] as [Int?])
    func swappedRecordsAreReordered(split: Int?) throws {
        let log = try Self.sample()
        for first in 0..<23 {
            for second in (first + 1)..<24 {
                var lines = log.lines
                lines.swapAt(first, second)
                // A log that begins with a later segment's first record, and has the first one later.
                let isStart = first == 0 && [9, 17].contains(second)
                let found = try log.first(lines, split: split)
                #expect(
                    found == Found(.reordered, first) || isStart && found != nil, "\(first), \(second): \(found as Any)"
                )
            }
        }
    }

    @Test func movedRecordsAreReordered() throws {
        let log = try Self.sample()
        for from in 1..<24 {
            for to in 1..<24 where to != from {
                var lines = log.lines
                lines.insert(lines.remove(at: from), at: to)
                #expect(try log.first(lines) == Found(.reordered, min(from, to)), "\(from) to \(to)")
            }
        }
    }

    @Test func copiedRecordsAreReordered() throws {
        let log = try Self.sample()
        for from in 1..<24 {
            for to in 1...24 {
                var lines = log.lines
                lines.insert(log.lines[from], at: to)
                let seq = to > from ? from : to
                #expect(
                    try log.first(lines) == Found(.reordered, to == from ? from : seq), "\(from) before \(to)")
            }
        }
    }

    @Test func recordsOfAnotherLogAreNotOfThisOne() throws {
        let log = try Self.sample()
        let other = try SampleLog(origin: "example.com/audit/other", count: 24, word: "other")
        for seq in 1..<24 {
            for to in 1..<24 {
                var lines = log.lines
                lines.insert(other.lines[seq], at: to)
                let found = try log.first(lines)
                #expect(found?.corruption == .forked, "\(seq) before \(to): \(found as Any)")
                #expect(found?.seq == min(seq, to), "\(seq) before \(to): \(found as Any)")
            }
        }
    }

    @Test func anotherLogsRecordInPlaceOfOneIsAnEdit() throws {
        let log = try Self.sample()
        let other = try SampleLog(origin: "example.com/audit/other", count: 24, word: "other")
        for seq in 1..<23 {
            var lines = log.lines
            lines[seq] = other.lines[seq]
            #expect(try log.first(lines) == Found(.edited, seq))
        }
    }

    @Test func aLineThatIsNoRecordIsAnEdit() throws {
        let log = try Self.sample()
        for seq in 1..<23 {
            for junk in ["", "{}", "junk", "{\"v\":2}"] {
                var lines = log.lines
                lines.insert(Array(junk.utf8), at: seq)
                #expect(try log.first(lines) == Found(.edited, seq), "\(junk) before \(seq)")
            }
        }
    }

    @Test func aCutOffEndIsTruncated() throws {
        let log = try Self.sample()
        for count in 1..<24 {
            let verdict = try log.verdict(Array(log.lines[..<count]))
            #expect(verdict.findings.map(\.corruption) == [.truncated])
            #expect(verdict.findings.first?.seqs == count...23)
        }
        #expect(try log.verdict([]).findings.map(\.corruption) == [.truncated])
        #expect(try log.verdict(Array(log.lines[..<20]), notes: [log.note(20)]).isWhole)
    }

    /// Whole in itself, from the changed record on: only what was signed tells.
    @Test func aRechainedForgeryIsForkedSinceTheLastCheckpointThatAgrees() throws {
        let log = try Self.sample()
        let sizes = [0, 4, 9, 12, 17, 20, 24]
        for seq in 1..<23 where ![9, 17].contains(seq) {
            var lines = log.lines
            lines[seq].replaceSubrange(lines[seq].count - 2..<lines[seq].count - 1, with: Array("99".utf8))
            lines = try SampleLog.rechained(lines, from: seq + 1)
            let verdict = try log.verdict(lines)
            let low = sizes.last { $0 <= seq } ?? 0
            let high = sizes.first { $0 > seq } ?? 24
            #expect(verdict.findings.first?.corruption == .forked, "record \(seq)")
            #expect(verdict.findings.first?.seqs == low...high - 1, "record \(seq)")
        }
    }

    @Test func aSegmentThatFollowsOtherRecordsIsForked() throws {
        let log = try SampleLog(count: 12, opening: [0, 8])
        var lines = log.lines
        lines[3].replaceSubrange(lines[3].count - 2..<lines[3].count - 1, with: Array("99".utf8))
        lines = try SampleLog.rechained(lines, from: 4)
        #expect(try log.first(lines) == Found(.forked, 8))
    }

    @Test func anotherLogsEndIsForkedWhereACheckpointCoversTheBeginning() throws {
        let key = try Ed25519SigningKey.generate()
        let log = try SampleLog(count: 16, checkpoints: [8], key: key)
        let other = try SampleLog(count: 16, key: key, word: "other")
        #expect(try log.first(Array(log.lines[..<8] + other.lines[8...])) == Found(.forked, 8))
        #expect(try log.first(other.lines) == Found(.forked, 0))
        let foreign = try SampleLog(origin: "example.com/audit/other", count: 16)
        #expect(try log.first(foreign.lines) == Found(.forked, 0))
    }

    @Test func twoCheckpointsOfOneSizeAreForked() throws {
        let key = try Ed25519SigningKey.generate()
        let log = try SampleLog(count: 16, checkpoints: [8, 12, 16], key: key)
        let other = try SampleLog(count: 16, checkpoints: [12], key: key, word: "other")
        let verdict = try log.verdict(notes: log.notes + other.notes)
        #expect(verdict.findings.map(\.corruption) == [.forked])
        #expect(verdict.findings.first?.seqs == 8...11)
    }

    @Test func checkpointsThatAreNotSignedByTheKeyAreNamed() throws {
        let log = try SampleLog(count: 8, checkpoints: [8])
        let other = try SampleLog(origin: log.origin, count: 8, checkpoints: [4])
        var wrong = log.notes[0]
        wrong[wrong.count - 10] ^= 2
        for note in [wrong, other.notes[0], Array("junk".utf8), []] {
            let verdict = try log.verdict(notes: log.notes + [note])
            #expect(verdict.findings.map(\.corruption) == [.badSignature])
            #expect(verdict.findings.first?.seq == nil)
        }
        let foreign = try SampleLog(origin: "example.com/audit/foreign", count: 8, checkpoints: [4])
        #expect(try log.verdict(notes: log.notes + foreign.notes).findings.map(\.corruption) == [.otherLog])
        // What another log signs with the same key is of another log.
        let key = try Ed25519SigningKey.generate()
        let mine = try SampleLog(count: 4, checkpoints: [4], key: key)
        let checkpoint = Checkpoint(origin: "example.com/audit/other", tree: mine.trees[4])
        let note = try mine.signer.sign(checkpoint).bytes
        #expect(try mine.verdict(notes: [note]).findings.map(\.corruption) == [.otherLog])
    }

    /// Several changes at once: what is found first may be any of them, but something is, and it is never past the last.
    @Test func manyChangesAtOnceAreNeverMissed() throws {
        let log = try Self.sample()
        var random = SplitMix(state: 7)
        for round in 0..<1_500 {
            var lines = log.lines
            for _ in 0...random.below(4) where !lines.isEmpty {
                let index = random.below(lines.count)
                switch random.below(6) {
                case 0: lines.remove(at: index)
                case 1: lines.swapAt(index, random.below(lines.count))
                case 2: lines.insert(lines[random.below(lines.count)], at: index)
                case 3: lines[index] = Array(lines[index].prefix(random.below(lines[index].count + 1)))
                case 4: lines[index].append(UInt8(random.below(256)))
                default:
                    guard !lines[index].isEmpty else { break }
                    lines[index][random.below(lines[index].count)] ^= 1 << UInt8(random.below(8))
                }
            }
            let bytes = Array(lines.joined(separator: [0x0A]))
            let isUnchanged = bytes == Array(log.lines.joined(separator: [0x0A]))
            let verdict = try log.verdict(lines, split: random.below(2_000))
            // A log may begin with any of its segments.
            let isLaterSegment = [9, 17].contains { lines == Array(log.lines[$0...]) }
            #expect(verdict.isWhole == (isUnchanged || isLaterSegment), "round \(round)")
            if let seq = verdict.findings.first?.seq { #expect((0..<1 << 53).contains(seq)) }
            #expect(verdict.findings.first.map { $0.message.isEmpty } != true)
        }
    }

    private struct SplitMix {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return Int((value ^ value >> 31) % UInt64(max(1, bound)))
        }
    }

    /// Whatever order chunks are cut in, and however far away what explains it is.
    @Test func aMissingRecordIsLookedForUpToTheEnd() throws {
        let log = try SampleLog(count: 3_000, checkpoints: [3_000])
        var lines = log.lines
        lines.insert(lines.remove(at: 5), at: 2_990)
        #expect(try log.first(lines, split: 5_000) == Found(.reordered, 5))
        // A copy of what is longer ago than is remembered, too.
        lines = log.lines
        lines.insert(log.lines[5], at: 2_990)
        #expect(try log.first(lines) == Found(.reordered, 5))
        #expect(try log.first(log.lines.filter { $0 != log.lines[5] }) == Found(.deleted, 5))
    }
}

enum RecordHeadOffsets {
    /// Of the last of the digits of `prev`, with a `seq` of one digit.
    static let prev = "{\"v\":1,\"seq\":7,\"prev\":\"sha256:".utf8.count + 63
}
