import Foundation
import StrictCoding
import Testing

@testable import AuditReading

@Suite struct QueryTests {
    private func log() throws -> TestLog {
        let log = try TestLog()
        for index in 0..<300 {
            log.ingress(
                ["alice", "bob", "alic"][index % 3], denied: index % 10 == 0 ? "target_not_allowed: service" : nil)
            if index == 120 { try log.rotate() }
        }
        try log.flush()
        return log
    }

    private func seqs(_ query: LineQuery, _ log: TestLog) throws -> [Int64] {
        var seqs: [Int64] = []
        try query.run(try LogFiles.log(log.path)) { found in
            seqs += found.lines.compactMap { AuditEntry(Array(found.bytes[$0]))?.seq }
            return true
        }
        return seqs
    }

    @Test(
        arguments: [
            (["actor_sub"], "alice", LineCondition.Extent.whole, 100), (["actor_sub"], "alic", .whole, 100),
            (["agent_id"], "alice", .whole, 0), (["reason"], "target_not_allowed", .leading(UInt8(ascii: ":")), 30),
            (["reason"], "target_not", .leading(UInt8(ascii: ":")), 0),
            (["event"], "audit", .leading(UInt8(ascii: ".")), 2),
            (["target", "upstream"], "orders-mcp", .whole, 300), (["delegation_mode"], "on_behalf_of", .whole, 300),
        ] as [([StaticString], String, LineCondition.Extent, Int)])
    func conditionsCompareBytes(members: [StaticString], value: String, extent: LineCondition.Extent, count: Int) throws
    {
        let log = try log()
        let query = LineQuery([LineCondition(members, ByteString(value), extent)])
        #expect(try query.count(try LogFiles.log(log.path)) == (count, 0))
        #expect(try seqs(query, log).count == count)
    }

    @Test(arguments: [nil, "actor_sub"] as [StaticString?])
    func linesThatAreNoRecordsAreCountedWhetherTheyAreFoundOrNot(member: StaticString?) throws {
        let log = try log()
        let query = LineQuery(member.map { [LineCondition([$0], "alice")] } ?? [])
        let files = { try LogFiles.log(log.path) }
        #expect(try query.run(files()) { _ in true } == 0)
        try log.rewrite {
            $0[3] = $0[3].replacing("}", with: "")
            $0.insert(contentsOf: ["junk", "", #"{"v":2,"seq":9}"#], at: 40)
        }
        #expect(try query.run(files()) { _ in true } == 4)
        #expect(try query.count(files()).strays == 4)
        // A file that was rotated and ends within a line; the live one may.
        for name in ["audit.000000000000.jsonl", "audit.jsonl"] {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: log.file(name)))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(#"{"v":1,"se"#.utf8))
        }
        #expect(try query.count(files()).strays == 5)
        // Those alone that were looked at.
        let moment = AuditMoment(microseconds: TestLog.start + 290 * 1_000_000)
        #expect(try LineQuery(query.conditions, since: moment).count(files()).strays == 0)
    }

    @Test(arguments: [0, 1, 2, 121, 122, 123, 200, 301])
    func timesCutTheLogExactly(second: Int64) throws {
        let log = try log()
        let moment = AuditMoment(microseconds: TestLog.start + second * 1_000_000)
        #expect(try seqs(LineQuery([], since: moment), log) == Array(second..<302))
        #expect(try seqs(LineQuery([], until: moment), log) == Array(0..<second))
        let next = AuditMoment(microseconds: moment.microseconds + 1_000_000)
        #expect(try seqs(LineQuery([], since: moment, until: next), log) == [second])
    }

    @Test(
        arguments: [
            ("2026-11-23", 1_795_392_000_000_000), ("2026-11-23T12:00Z", 1_795_435_200_000_000),
            ("2026-11-23T13:00:00.5+01:00", 1_795_435_200_500_000), ("2026-02-29", nil), ("2026-11-23T24:00Z", nil),
            ("2h", nil), ("", nil), ("1970-01-01T00:00:00.1+01:00", nil), ("9999-12-31T23:59:59.1-01:00", nil),
        ] as [(String, Int64?)])
    func momentsAreRead(text: String, microseconds: Int64?) {
        #expect(AuditMoment(text.utf8)?.microseconds == microseconds)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000000Z", 0), ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
            ("1970-01-01T00:00:00.1+01:00", nil), ("9999-12-31T23:59:59.1-01:00", nil),
            ("2026-11-23 12:00:00.123456Z", nil), ("2026-11-23t12:00:00.123456z", nil),
            ("2026-11-23T12:00:60.123456Z", nil), ("2026-02-31T12:00:00.123456Z", nil),
            ("1969-12-31T23:59:59.999999Z", nil), ("2026-11-23T24:00:00.123456Z", nil),
            ("2026-11-23T12:00:00.12345Z", nil), ("2026-11-23T12:00:00.1234567", nil),
        ] as [(String, Int64?)])
    func recordsHaveOneSpellingOfATime(text: String, microseconds: Int64?) {
        let moment = AuditMoment(record: text.utf8)
        #expect(moment?.microseconds == microseconds)
        if let moment { #expect(moment.text == text) }
    }

    @Test(arguments: [Int64.min, -1, 253_402_300_800_000_000, .max])
    func everyMomentHasAText(microseconds: Int64) {
        #expect(AuditMoment(record: AuditMoment(microseconds: microseconds).text.utf8) != nil)
    }

    @Test func aFollowerGoesOnInTheNextFile() throws {
        let log = try TestLog()
        log.ingress("alice")
        try log.flush()
        var follower = try AuditFollower(path: log.path, last: 1)
        #expect(follower.earlier.count == 1)
        #expect(try follower.next().isEmpty)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: log.path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"event\":\"x\"}\n{\"ev".utf8))
        #expect(try follower.next().map { AuditEntry($0)?.event } == ["x"])
        try handle.write(contentsOf: Data("ent\":\"y\"}\n".utf8))
        try FileManager.default.moveItem(atPath: log.path, toPath: log.file("audit.000000000000.jsonl"))
        try Data("{\"event\":\"z\"}\n".utf8).write(to: URL(fileURLWithPath: log.path))
        #expect(try follower.next().map { AuditEntry($0)?.event } == ["y"])
        #expect(try follower.next().map { AuditEntry($0)?.event } == ["z"])
        #expect(throws: AuditReadingFailure.self) { _ = try AuditFollower(path: log.path + ".none") }
    }

    /// A disk that was full when the next file was begun.
    @Test func whatWasRotatedIsShownThoughTheLiveFileIsEmpty() throws {
        let log = try TestLog()
        for actor in ["ann", "bob", "eve"] { log.ingress(actor) }
        try log.rotate()
        try Data().write(to: URL(fileURLWithPath: log.path))
        let earlier = try AuditFollower(path: log.path, last: 2).earlier
        #expect(earlier.map { AuditEntry($0)?["actor_sub"] } == ["bob", "eve"])
    }
}
