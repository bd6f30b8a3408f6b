import AuditProof
import Crypto
import Foundation
import Synchronization
import Testing

@testable import Audit

/// What a start makes of what the last run left behind.
@Suite(.timeLimit(.minutes(2))) struct RecoveryTests {
    private func offer(_ log: AuditLog, _ range: Range<Int>) {
        for number in range { #expect(log.queues[0].offer(Sample.record("\(number)"), microseconds: 0)) }
    }

    /// A log of some records that ended as it should.
    private func written(_ folder: LogFolder, _ range: Range<Int> = 0..<3) throws -> [UInt8] {
        let log = try folder.open()
        offer(log, range)
        log.close()
        return try folder.bytes("audit.jsonl")
    }

    @Test func everyRunSaysThatItBeganAndThatItEnded() throws {
        let folder = try LogFolder()
        for run in 0..<3 { _ = try written(folder, run..<run + 1) }
        let run = ["ingress.accepted", "audit.stopped"]
        #expect(try folder.events == ["audit.opened"] + run + ["audit.started"] + run + ["audit.started"] + run)
        let records = try folder.records
        #expect(records[0]["seq"]?.integer == 0)
        #expect(records[0]["size"]?.integer == 0)
        #expect(records[0]["tree"]?.elements?.isEmpty == true)
        #expect(records[0]["mode"]?.isText("required") == true)
        #expect(records[0]["ingress"]?.isText("enqueued") == true)
        #expect(records[0]["version"]?.isText("1.2.3") == true)
        #expect(records[0]["decision"]?.isText("note") == true)
        #expect(records[3]["origin"]?.text == records[0]["origin"]?.text)
        #expect(records[3]["vkey"]?.text == records[0]["vkey"]?.text)
        #expect(records[3]["instance"]?.text != records[0]["instance"]?.text)
        #expect(records[3]["tree"] == nil)
        try folder.expectProved()
    }

    /// A crash may leave any beginning of what was written.
    @Test func aLineTornAtAnyByteIsSetAsideAndSaid() throws {
        let folder = try LogFolder()
        let whole = try written(folder)
        let start = (whole.dropLast().lastIndex(of: 0x0A) ?? -1) + 1
        for cut in start..<whole.count {
            let folder = try LogFolder()
            let lines = try written(folder)
            // Of another length than `whole` by nothing: identifiers have one length.
            let cut = min(cut, lines.count - 1)
            try folder.write(Array(lines[..<cut]))
            // The last checkpoint covers what was torn.
            try FileManager.default.removeItem(atPath: folder.path + "/audit.checkpoints")
            let log = try folder.open()
            offer(log, 3..<4)
            log.close()
            let torn = Array(lines[start..<cut])
            let names = try folder.names.filter { $0.contains("torn") }
            #expect(names == (torn.isEmpty ? [] : ["audit.jsonl.torn-4-0"]), "cut at \(cut)")
            for name in names { #expect(try folder.bytes(name) == torn) }
            let note = try folder.records.first { $0["event"]?.isText("audit.recovered") == true }
            #expect((note == nil) == torn.isEmpty)
            if let note {
                #expect(note["length"]?.integer == Int64(torn.count))
                #expect(note["sha256"]?.text?.bytes == Digest(of: torn).hex)
                #expect(note["file"]?.isText("audit.jsonl.torn-4-0") == true)
            }
            #expect(try folder.transactions == ["0", "1", "2", "3"])
            try folder.expectProved("cut at \(cut)")
        }
    }

    @Test func aLogTornInItsFirstLineBeginsAnew() throws {
        let folder = try LogFolder()
        try folder.write(Array(#"{"v":1,"seq":0,"prev":"sha2"#.utf8))
        let log = try folder.open()
        log.close()
        #expect(try folder.events == ["audit.opened", "audit.recovered", "audit.stopped"])
        #expect(try folder.bytes("audit.jsonl.torn-0-0").count == 27)
        try folder.expectProved()
    }

    @Test func tornLinesOfOneSeqGetNamesOfTheirOwn() throws {
        let folder = try LogFolder()
        _ = try written(folder)
        for number in 0..<3 {
            let bytes = try folder.bytes("audit.jsonl")
            try folder.write(bytes + [0x7B])
            try folder.write([0x7B], "audit.jsonl.torn-\(5 + 4 * number)-0")
            try folder.open().close()
            #expect(try folder.names.contains("audit.jsonl.torn-\(5 + 4 * number)-1"))
        }
        try folder.expectProved()
    }

    @Test(arguments: ["audit.jsonl", "audit.checkpoints"]) func aTornCheckpointIsCutOff(after name: String) throws {
        let folder = try LogFolder()
        _ = try written(folder)
        let notes = try folder.bytes("audit.checkpoints")
        try folder.write(notes + Array(notes.prefix(name.utf8.count * 3)), "audit.checkpoints")
        _ = try written(folder, 3..<4)
        #expect(try folder.checkpoints.map(\.size) == [5, 8])
        try folder.expectProved()
    }

    @Test func whatIsNotAsItWasWrittenIsRefused() throws {
        let rows: [(name: String, corruption: AuditFailure.Corruption, change: ([[UInt8]]) -> [[UInt8]])] = [
            ("a byte", .edited, { $0.enumerated().map { $0 == 2 ? Array($1.dropLast(2)) + [0x20, 0x7D] : $1 } }),
            ("no line of ours", .edited, { $0 + [Array("{}".utf8)] }),
            ("a line is gone", .deleted, { Array($0[..<2]) + Array($0[3...]) }),
            ("a line is twice", .reordered, { $0 + [$0[4]] }),
            ("two lines", .deleted, { [$0[0], $0[2], $0[1], $0[3], $0[4]] }),
            ("the end is gone", .truncated, { Array($0[..<3]) }),
            ("the first is gone", .edited, { Array($0[1...]) }),
        ]
        for row in rows {
            let folder = try LogFolder()
            _ = try written(folder)
            let changed: [UInt8] = row.change(try folder.lines).flatMap { (line: [UInt8]) -> [UInt8] in line + [0x0A] }
            try folder.write(changed)
            #expect(refusal(folder) == row.corruption, "\(row.name)")
            #expect(try folder.bytes("audit.jsonl") == changed, "nothing is touched")
        }
    }

    private func refusal(_ folder: LogFolder) -> AuditFailure.Corruption? {
        let failure = #expect(throws: AuditFailure.self) { try folder.open() }
        guard case .corrupt(folder.log, _, let corruption) = failure else { return nil }
        return corruption
    }

    /// Whole in itself, but not what was signed.
    @Test func anotherLogUnderTheSameCheckpointsIsRefused() throws {
        let ours = try LogFolder()
        _ = try written(ours)
        let lines = try ours.lines
        // Made again with other content, as somebody could who has the file but not the key.
        var chain = Chain(origin: try OpenedRecord(lines[0]).origin)
        let context = SHA256Box()
        var forged: [UInt8] = lines[0] + [0x0A]
        lines[0].withUnsafeBytes { chain.append($0, microseconds: 0, &context.value) }
        for number in 1..<lines.count {
            var line: [UInt8] = []
            AuditLine.append(Sample.record("forged-\(number)"), after: chain, microseconds: 0, to: &line)
            line.withUnsafeBytes { chain.append($0, microseconds: 0, &context.value) }
            forged += line + [0x0A]
        }
        try ours.write(forged)
        #expect(throws: AuditFailure.corrupt(path: ours.log, seq: 0, .forked)) { try ours.open() }
    }

    /// One log has one key.
    @Test func aLogUnderAnotherKeyIsRefused() throws {
        for isRotated in [false, true] {
            let folder = try LogFolder()
            _ = try written(folder)
            let vkey = try #require(try folder.records[0]["vkey"]?.text)
            var name = "audit.jsonl"
            if isRotated {
                name = LogFolder.name.rotated(first: 0)
                try FileManager.default.moveItem(atPath: folder.log, toPath: folder.path + "/" + name)
            }
            // Not even a torn line is set aside.
            let bytes = try folder.bytes(name) + [0x7B]
            try folder.write(bytes, name)
            let other = try Ed25519SigningKey.generate()
            for key in [other, nil] {
                let failure = AuditFailure.otherKey(log: folder.log, vkey: vkey)
                #expect(throws: failure) {
                    try folder.open(change: {
                        $0.key = key
                        $0.makeKey = {
                            Issue.record("a key is made for a log that has one")
                            return other
                        }
                    })
                }
                #expect(
                    "\(failure)".contains(
                        "`audit.jsonl`, `audit.[0-9]*.jsonl`, `audit.jsonl.torn-*` and `audit.checkpoints`"))
            }
            #expect(try folder.bytes(name) == bytes)
            #expect(try !folder.names.contains { $0.contains("torn-") })
        }
    }

    @Test func aKeyIsMadeWhereALogBegins() throws {
        let folder = try LogFolder()
        let made = Mutex(0)
        let key = try Ed25519SigningKey.generate()
        let log = try folder.open(change: {
            $0.key = nil
            $0.makeKey = {
                made.withLock { $0 += 1 }
                return key
            }
        })
        log.close()
        #expect(made.withLock { $0 } == 1)
        let failure = #expect(throws: AuditFailure.self) {
            try LogFolder().open(change: { $0.key = nil })
        }
        #expect(failure == .key("there is none"))
    }

    @Test(arguments: [
        #"{"v":1,"ts":"2026-11-22T12:00:00.000000Z","event":"ingress.denied","decision":"deny"}"#, "{}", "no record",
        "long",
    ]) func aFileThatIsNoLogOfThisVersionIsRefused(first line: String) throws {
        let folder = try LogFolder()
        let bytes = line == "long" ? Array(repeating: 0x78, count: 2 << 20) : Array((line + "\n").utf8)
        try folder.write(bytes)
        let failure = #expect(throws: AuditFailure.self) { try folder.open() }
        #expect(failure == .notALog(path: folder.log, log: folder.log))
        let text = failure.map { "\($0)" } ?? ""
        #expect(text.hasPrefix("`/") && text.contains("/audit.jsonl` is no audit log of this version"))
        // Byte by byte: describing two megabytes takes longer than all else.
        #expect(try folder.bytes("audit.jsonl").elementsEqual(bytes))
    }

    @Test func checkpointsOfAnotherLogAreNotAppendedTo() throws {
        let (ours, theirs) = (try LogFolder(), try LogFolder())
        _ = try written(theirs)
        let notes = try theirs.bytes("audit.checkpoints")
        let origin = try #require(try theirs.checkpoints.first?.origin)
        let failure = AuditFailure.otherCheckpoints(
            path: ours.path + "/audit.checkpoints", origin: origin, log: ours.log)
        try ours.write(notes, "audit.checkpoints")
        #expect(throws: failure, "beside a log that begins") { try ours.open() }
        try FileManager.default.removeItem(atPath: ours.path + "/audit.checkpoints")
        _ = try written(ours)
        try ours.write(notes, "audit.checkpoints")
        #expect(throws: failure, "beside one that goes on") { try ours.open() }
        #expect(try ours.bytes("audit.checkpoints") == notes)
    }

    @Test func whatIsToBeMovedIsNamed() {
        let rows = [
            ("/var/a.b/log.jsonl", "`log.jsonl`, `log.[0-9]*.jsonl`, `log.jsonl.torn-*` and `log.checkpoints`"),
            (
                "/var/a/log.000000001234.jsonl",
                "`log.jsonl`, `log.[0-9]*.jsonl`, `log.jsonl.torn-*` and `log.checkpoints`"
            ),
            ("/var/a/audit", "`audit`, `audit.[0-9]*.jsonl`, `audit.torn-*` and `audit.checkpoints`"),
        ]
        for (path, files) in rows {
            let text = "\(AuditFailure.corrupt(path: path, seq: 3, .edited))"
            #expect(text.hasPrefix("audit file `\(path)` is not what was written: edited at record 3\n"))
            #expect(text.hasSuffix(files))
        }
        let relative = "\(AuditFailure.corrupt(path: "x.jsonl", seq: 0, .edited))"
        #expect(relative.hasPrefix("audit file `/"))
    }

    @Test func aDamagedSignatureIsRefused() throws {
        let folder = try LogFolder()
        _ = try written(folder)
        var notes = String(decoding: try folder.bytes("audit.checkpoints"), as: UTF8.self)
        notes = notes.replacingOccurrences(of: "\n5\n", with: "\n4\n")
        try folder.write(Array(notes.utf8), "audit.checkpoints")
        #expect(throws: AuditFailure.corrupt(path: folder.log, seq: 0, .badSignature)) { try folder.open() }
    }

    /// A start that was killed between setting aside and saying so; the next one says it, once.
    @Test func whatWasSetAsideAndNotToldIsTold() throws {
        let folder = try LogFolder()
        _ = try written(folder)
        let size = try folder.lines.count
        try folder.write(Array("{\"v\":1,\"seq\"".utf8), "audit.jsonl.torn-\(size)-0")
        for _ in 0..<2 { try folder.open().close() }
        #expect(try folder.records.filter { $0["event"]?.isText("audit.recovered") == true }.count == 1)
        try folder.expectProved()
    }

    @Test func aLongFileIsVerifiedInParts() throws {
        let folder = try LogFolder()
        let log = try folder.open(capacity: 20_000, change: { $0.rotateBytes = 1 << 30 })
        let record = AuditRecord.ingress(
            .init(accepted: Sample.trail(try Sample.caller()), epoch: Sample.epoch))
        var bytes = 0
        while bytes < 12 << 20 {
            for _ in 0..<2_000 { _ = log.queues[0].offer(record, microseconds: 0) }
            while log.queues[0].depth > 0 { usleep(1_000) }
            bytes = log.counters.bytes
        }
        log.close()
        let again = try folder.open()
        #expect(again.isHealthy)
        again.close()
        try folder.expectProved()
    }
}

private final class SHA256Box {
    var value = SHA256Context()
}
