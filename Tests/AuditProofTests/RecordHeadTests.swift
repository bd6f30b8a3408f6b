import AuditProof
import Crypto
import StrictCoding
import Testing

@Suite struct RecordHeadTests {
    private static let digits = String(repeating: "0123456789abcdef", count: 4)
    private static let stamp = "2026-11-23T12:00:00.123456Z"
    private static let good = line()

    private static func line(
        v: String = "1", seq: String = "7", prev: String = "sha256:\(digits)", ts: String = stamp,
        event: String = "ingress.accepted", rest: String = ",\"decision\":\"allow\"}"
    ) -> String {
        "{\"v\":\(v),\"seq\":\(seq),\"prev\":\"\(prev)\",\"ts\":\"\(ts)\",\"event\":\"\(event)\"\(rest)"
    }

    @Test func theHeadIsRead() throws {
        let line = Array(Self.good.utf8)
        let head = try RecordHead(line)
        #expect(head.seq == 7)
        #expect(head.prev == Digest(Self.digits))
        #expect(line[head.prevDigits].elementsEqual(Self.digits.utf8))
        #expect(line[head.timestamp].elementsEqual(Self.stamp.utf8))
        #expect(line[head.event].elementsEqual("ingress.accepted".utf8))
        #expect(!head.isOpened)
        #expect(try RecordHead(Array(Self.line(event: "audit.opened", rest: "}").utf8)).isOpened)
        #expect(try RecordHead(Array(Self.line(seq: "9007199254740992").utf8)).seq == 1 << 53)
        #expect(try RecordHead(Array(Self.line(seq: "0").utf8)).seq == 0)
    }

    @Test(arguments: [
        ("", RecordFault.notARecord), ("{}", .notARecord), (" " + good, .notARecord), ("[]", .notARecord),
        ("{ \"v\":1}", .notARecord), (good.replacing("\"v\"", with: "\"\\u0076\""), .notARecord),
        ("\u{FEFF}" + good, .notARecord), (good.replacing("\"v\":1,", with: ""), .notARecord),
        (line(v: "2"), .unknownVersion), (line(v: "1.0"), .unknownVersion), (line(v: " 1"), .unknownVersion),
        (line(v: "01"), .unknownVersion), (line(v: "\"1\""), .unknownVersion),
        (line(seq: ""), .invalid(.seq)), (line(seq: "-1"), .invalid(.seq)), (line(seq: "07"), .invalid(.seq)),
        (line(seq: "00"), .invalid(.seq)), (line(seq: "9007199254740993"), .invalid(.seq)),
        (line(seq: "99999999999999999999999999"), .invalid(.seq)), (line(seq: "7.0"), .invalid(.prev)),
        (line(seq: "7e0"), .invalid(.prev)), (line(seq: "7 "), .invalid(.prev)), (line(seq: " 7"), .invalid(.seq)),
        (line(seq: "\"7\""), .invalid(.seq)), (line(seq: "7,\"seq\":7"), .invalid(.prev)),
        (good.replacing("\"seq\"", with: "\"s\\u0065q\""), .invalid(.seq)),
        (good.replacing("\"prev\"", with: "\"Prev\""), .invalid(.prev)),
        (line(prev: "sha256:"), .invalid(.prev)), (line(prev: digits), .invalid(.prev)),
        (line(prev: "sha256:" + digits.uppercased()), .invalid(.prev)),
        (line(prev: "sha256:" + digits.dropLast()), .invalid(.prev)),
        (line(prev: "sha256:" + digits + "0"), .invalid(.ts)),
        (line(prev: "sha512:" + digits), .invalid(.prev)),
        (line(prev: "sha256:g" + digits.dropLast()), .invalid(.prev)),
        (line(ts: "2026-11-23T12:00:00Z"), .invalid(.ts)), (line(ts: "2026-11-23T12:00:00.123Z"), .invalid(.ts)),
        (line(ts: "2026-11-23T12:00:00.123456+00:00"), .invalid(.ts)),
        (line(ts: "2026-13-23T12:00:00.123456Z"), .invalid(.ts)),
        (line(ts: "2026-11-00T12:00:00.123456Z"), .invalid(.ts)),
        (line(ts: "2026-11-23T24:00:00.123456Z"), .invalid(.ts)),
        (line(ts: "2026-11-23T12:60:00.123456Z"), .invalid(.ts)),
        (line(ts: "2026-11-23t12:00:00.123456z"), .invalid(.ts)),
        (line(event: ""), .invalid(.event)), (line(event: "A"), .invalid(.event)),
        (line(event: "audit\\u002eopened"), .invalid(.event)), (line(event: "a b"), .invalid(.event)),
        (line(event: String(repeating: "a", count: 65)), .invalid(.event)), (line(rest: ""), .invalid(.event)),
        (line(rest: ":}"), .invalid(.event)), (line(rest: "}}"), .invalid(.event)),
        (line(rest: " }"), .invalid(.event)),
        (line(rest: ",\"a\":1"), .notClosed), (line(rest: ",\"a\":1} "), .notClosed),
        (line(rest: "," + String(repeating: "x", count: 1 << 20) + "}"), .tooLong),
    ])
    func otherSpellingsAreNoRecords(line: String, fault: RecordFault) {
        #expect(throws: fault) { try RecordHead(Array(line.utf8)) }
    }

    @Test func noCutOffLineIsARecord() {
        let line = Array(Self.good.utf8)
        for count in line.indices { #expect(throws: RecordFault.self) { try RecordHead(Array(line[..<count])) } }
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000000Z"), (951_827_696_000_001, "2000-02-29T12:34:56.000001Z"),
        (1_795_435_200_123_456, "2026-11-23T12:00:00.123456Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ])
    func whatIsWrittenIsRead(microseconds: Int64, text: String) throws {
        for seq in [0, 9, 10, 12_345, 1 << 53] {
            var line: [UInt8] = []
            LineEncoding.appendHead(seq: seq, prev: Digest(Self.digits), microseconds: microseconds, to: &line)
            let head = try RecordHead(line + Array(",\"event\":\"x\"}".utf8))
            #expect(head.seq == seq)
            #expect(head.prev == Digest(Self.digits))
            #expect(line[head.timestamp].elementsEqual(text.utf8))
        }
    }

    @Test func theChainBeginsWithItsOrigin() {
        let link = LogChain.genesis(origin: "example.com/audit/01ARZ3NDEKTSV4RRFFQ69G5FAV")
        #expect(link == Digest("cb0cd5d7ddeabee627fcdff8b75cbd5ad7c885ba34705bf49b7491e75c139ec4"))
        #expect(LogChain.link(from: LogChain.text(link)[...]) == link)
        #expect(LogChain.link(from: LogChain.text(link).dropFirst()) == nil)
        #expect(LogChain.link(from: LogChain.text(link).dropLast()) == nil)
    }

    @Test func namesOfSegments() {
        let names = SegmentName(live: "bulla-audit.jsonl")
        #expect(names.rotated(first: 1234) == "bulla-audit.000000001234.jsonl")
        #expect(names.checkpoints == "bulla-audit.checkpoints")
        #expect(names.torn(seq: 7, number: 0) == "bulla-audit.jsonl.torn-7-0")
        let kinds: [(String, SegmentName.Kind?)] = [
            ("bulla-audit.jsonl", .live), ("bulla-audit.000000001234.jsonl", .rotated(first: 1234)),
            ("bulla-audit.1234567890123.jsonl", .rotated(first: 1_234_567_890_123)),
            ("bulla-audit.checkpoints", .checkpoints), ("bulla-audit.jsonl.torn-7-0", .torn(seq: 7, number: 0)),
            ("bulla-audit.1234.jsonl", nil), ("bulla-audit.0000000001234.jsonl", nil),
            ("bulla-audit.jsonl.torn-07-0", nil),
            ("bulla-audit.jsonl.torn-7", nil), ("other.jsonl", nil), ("bulla-audit.00000000123a.jsonl", nil), ("", nil),
        ]
        for (name, kind) in kinds { #expect(names.kind(of: name) == kind, "\(name)") }
        #expect(
            names.segments(among: kinds.map(\.0)) == [
                "bulla-audit.000000001234.jsonl", "bulla-audit.1234567890123.jsonl", "bulla-audit.jsonl",
            ])
        #expect(SegmentName(live: "audit.log").rotated(first: 0) == "audit.log.000000000000.jsonl")
    }
}
