import AuditProof
import Foundation
import StrictCoding
import Testing

@testable import AuditReading

@Suite struct VerificationTests {
    /// Twenty records, with checkpoints over twelve and all.
    private func log() throws -> TestLog {
        let log = try TestLog()
        for index in 0..<19 {
            log.ingress(["alice", "bob"][index % 2])
            if index == 10 { try log.checkpoint() }
        }
        try log.checkpoint()
        try log.flush()
        return log
    }

    @Test func aWholeLogHolds() throws {
        let report = try log().report()
        #expect(report.finding == nil)
        #expect(report.verdict.incomplete.isEmpty)
        #expect(report.verdict.lines == 20)
        #expect(report.verdict.agreeing == 2)
        #expect(report.verdict.covered == 20)
        #expect(report.isKeyGiven)
    }

    @Test(
        arguments: [
            ("edited", 5), ("deleted", 5), ("swapped", 5), ("doubled", 6), ("cut", 18),
        ] as [(String, Int)])
    func eachWayOfChangingItHasItsClassAndPlace(way: String, seq: Int) throws {
        let log = try log()
        try log.rewrite { lines in
            switch way {
            case "edited": lines[5] = lines[5].replacing("bob", with: "eve").replacing("alice", with: "eve")
            case "deleted": lines.remove(at: 5)
            case "swapped": lines.swapAt(5, 6)
            case "doubled": lines.insert(lines[5], at: 6)
            default: lines.removeLast(2)
            }
        }
        let expected: [String: LogFinding.Corruption] = [
            "edited": .edited, "deleted": .deleted, "swapped": .reordered, "doubled": .reordered, "cut": .truncated,
        ]
        let report = try log.report()
        let finding = try #require(report.finding)
        #expect(finding.corruption == expected[way])
        if way == "edited" {
            #expect(finding.seq == seq)
            #expect(report.place(of: finding) == LogReport.Place(file: log.path, line: seq + 1))
        }
    }

    @Test func aRotatedLogIsOneAndPlacesAreThoseOfItsFiles() throws {
        let log = try TestLog()
        for _ in 0..<7 { log.ingress("alice") }
        try log.rotate()
        for _ in 0..<5 { log.ingress("bob") }
        try log.flush()
        #expect(try log.report().verdict.lines == 14)
        #expect(try log.report().segments == 2)
        try log.rewrite { $0[2] = $0[2].replacing("bob", with: "eve") }
        let report = try log.report()
        let finding = try #require(report.finding)
        #expect(finding.corruption == .edited)
        #expect(report.place(of: finding) == LogReport.Place(file: log.path, line: 3))
    }

    @Test func aLaterFileHoldsByItself() throws {
        let log = try TestLog()
        for _ in 0..<7 { log.ingress("alice") }
        try log.rotate()
        for _ in 0..<5 { log.ingress("bob") }
        try log.checkpoint()
        try log.flush()
        let report = try TestLog.report(LogSnapshot(.named([log.path])))
        #expect(report.finding == nil)
        #expect(!report.isKeyGiven)
        #expect(report.verdict.seqs == 8..<14)
        #expect(report.verdict.covered == 14)
    }

    @Test func aTornLineAndAnOpenCallAreIncompleteAndNotCorrupt() throws {
        let log = try TestLog()
        log.egress("intent", "alice", txn: "T1")
        log.egress("intent", "alice", txn: "T2")
        log.egress("result", "alice", txn: "T1")
        try log.flush()
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: log.path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(#"{"v":1,"seq":4,"#.utf8))
        let report = try log.report()
        #expect(report.finding == nil)
        #expect(report.verdict.incomplete == [.tornLine(bytes: 15), .uncovered(from: 0, records: 4)])
        #expect(report.openCalls == [LogReport.OpenCall(seq: 2, txn: "T2")])
    }

    @Test func ofEqualCallsTheResultClosesTheOneOfItsSpan() throws {
        let log = try TestLog()
        for span in ["a", "b", "c"] { log.egress("intent", "alice", txn: "T1", span: span) }
        for span in ["c", "a"] { log.egress("result", "alice", txn: "T1", span: span) }
        try log.flush()
        #expect(try log.report().openCalls == [LogReport.OpenCall(seq: 2, txn: "T1")])
    }

    @Test func withAnotherKeyNothingIsChecked() throws {
        let log = try log()
        let other = try TestLog()
        let report = try log.report(keys: [NoteVerifier(vkey: other.signer.vkey)])
        #expect(report.finding == nil)
        #expect(!report.isSigned)
        #expect(report.whyNotChecked?.contains("it is not a key that the log names") == true)
    }

    /// Whoever opens a file with a record that is read for its key cannot hide it here.
    @Test func aKeyIsNoticedHoweverDeepItsRecordIs() {
        var claims = KeyClaims()
        for (seq, vkey) in [(0, "a"), (1, "b")] {
            let before = #"{"v":1,"seq":\#(seq),"prev":"","ts":"","event":""#
            let line =
                before + #"audit.opened","origin":"o","vkey":"\#(vkey)","mode":"m","ingress":"i","version":"1","#
                + #""size":\#(seq),"tree":[\#(seq == 0 ? "" : "\"\(String(decoding: Digest(of: []).base64, as: UTF8.self))\"")],"x":[[[[[[[[[0]]]]]]]]]}"#
            Array(line.utf8).withUnsafeBytes { claims.note($0, seq, event: before.utf8.count) }
        }
        #expect(claims.changes == [LogReport.KeyChange(seq: 1, vkey: "b")])
    }

    @Test func aRecordThatNamesAnotherKeyIsNamedAndItsKeyIsNotTheLogs() throws {
        let log = try TestLog()
        let other = try NoteSigner(name: TestLog.origin, key: .generate())
        log.started(log.signer)
        try log.flush()
        #expect(try log.report().keyChanges.isEmpty)
        log.started(other)
        log.started(log.signer)
        try log.rotate()
        try log.checkpoint()
        try log.flush()
        let report = try TestLog.report(LogSnapshot(.live(log.path)))
        #expect(report.finding == nil)
        #expect(report.namedKeys == [log.signer.vkey])
        let changes = [(2, other.vkey), (3, log.signer.vkey)].map { LogReport.KeyChange(seq: $0.0, vkey: $0.1) }
        #expect(report.keyChanges == changes)
        try log.checkpoint(by: other)
        #expect(try TestLog.report(LogSnapshot(.live(log.path))).finding?.corruption == .badSignature)
    }

    @Test func aRotatedFileAloneIsNotTruncated() throws {
        let log = try TestLog()
        for _ in 0..<7 { log.ingress("alice") }
        try log.checkpoint()
        try log.rotate()
        for _ in 0..<5 { log.ingress("bob") }
        try log.checkpoint()
        try log.flush()
        func report(_ paths: [String]) throws -> LogReport {
            try TestLog.report(LogSnapshot(.named(paths)))
        }
        let rotated = log.file("audit.000000000000.jsonl")
        let alone = try report([rotated])
        #expect(alone.finding == nil)
        #expect(alone.verdict.covered == 8)
        #expect(alone.verdict.incomplete == [.goesOn(size: 14)])
        // The same file by two names is one.
        #expect(try report([rotated, log.path, log.folder.path + "/./audit.jsonl"]).verdict.incomplete.isEmpty)
        try FileManager.default.createDirectory(atPath: log.file("x"), withIntermediateDirectories: true)
        try log.rewrite { $0.removeLast() }
        #expect(try report([rotated, log.path]).finding?.corruption == .truncated)
        #expect(try report([log.path]).finding?.corruption == .truncated)
    }

    @Test func proofsOfEveryRecordHold() throws {
        let log = try log()
        let files = try LogFiles.log(log.path)
        for seq in 0..<20 {
            let made = try LogProofs.inclusion(of: seq, size: 20, in: files)
            #expect(made.root == log.tree.root)
            #expect(made.proof.verifies(leaf: MerkleTree.leafHash(made.line), root: made.root))
        }
        let grown = try LogProofs.consistency(12, 20, in: files)
        #expect(grown.proof.verifies(firstRoot: grown.firstRoot, secondRoot: log.tree.root))
        #expect(throws: LogProofs.Failure.self) { _ = try LogProofs.inclusion(of: 20, size: 20, in: files) }
    }
}
