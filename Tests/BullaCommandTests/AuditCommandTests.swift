import AuditReading
import Foundation
import StrictCoding
import Testing

@testable import BullaCommand

@Suite struct AuditCommandTests {
    @Test(
        arguments: [
            (
                #""event":"egress.result","decision":"allow","status":200,"actor_sub":"alice","agent_id":"agent_456","#
                    + #""delegation_mode":"on_behalf_of","target":"orders_api","method":"GET","path":"/orders/*","rules":["services.orders_api.allow[0]"]"#,
                [
                    "alice via agent_456 (on_behalf_of)", "egress.result", "orders_api: GET /orders/*", "allow", "200",
                    "services.orders_api.allow[0]",
                ]
            ),
            (
                #""event":"ingress.denied","decision":"deny","reason":"argument_not_actor","actor_sub":"batch","agent_id":"a","#
                    + #""actor_type":"service","confidence":"estimated","delegation_mode":"service_identity","upstream":"orders-mcp","mcp_name":"get_balance""#,
                [
                    "batch [service] via a? (service_identity)", "ingress.denied", "orders-mcp: get_balance",
                    "deny argument_not_actor", "-", "-",
                ]
            ),
            (
                #""event":"ingress.denied","decision":"deny","reason":"no_credential","actor_sub":null,"status":401"#,
                ["nobody known", "ingress.denied", "-", "deny no_credential", "401", "-"]
            ),
            (
                #""event":"audit.lost","decision":"note","actor_sub":null,"records":3"#,
                ["gateway", "audit.lost", "3 records", "note", "-", "-"]
            ),
        ] as [(String, [String])])
    func aRowSaysWhoDidWhat(members: String, cells: [String]) {
        let line = #"{"v":1,"seq":4,"prev":"sha256:00","ts":"2026-11-23T12:00:00.000000Z",\#(members)}"#
        #expect(RecordRow(Array(line.utf8)).cells == ["4", "2026-11-23T12:00:00.000000Z"] + cells)
    }

    @Test func aLineThatIsNoRecordIsShownAsSuch() {
        #expect(RecordRow(Array("x\u{1B}[2J".utf8)).cells[4] == #"not a record: x\u{1b}[2J"#)
    }

    @Test(arguments: [
        ("plain é 漢", "plain é 漢"), ("a\u{202E}b", #"a\u{202e}b"#), ("a\nb", #"a\u{a}b"#),
        ("a\u{200B}b", #"a\u{200b}b"#), ("a\u{A0}b", #"a\u{a0}b"#), ("a\u{E0041}", #"a\u{e0041}"#),
        ("a\u{FE0F}", #"a\u{fe0f}"#),
    ])
    func whatDeceivesIsSpeltOut(text: String, shown: String) {
        #expect(TerminalText.of(text) == shown)
    }

    @Test func bytesThatAreNoTextAreMarked() {
        #expect(TerminalText.of(ByteString([0x61, 0xFF, 0x62])) == #"a\x{?}b"#)
        #expect(TerminalText.of(String(repeating: "a", count: 9), limit: 4) == "aaaa…")
    }

    @Test(
        arguments: [
            ("2h", 1_795_428_000_000_000), ("30m", 1_795_433_400_000_000), ("7d", 1_794_830_400_000_000),
            ("2026-11-23", 1_795_392_000_000_000), ("h", nil), ("-2h", nil), ("2w", nil),
            ("99999999999999999999d", nil),
        ] as [(String, Int64?)])
    func timesAreMomentsOrHowLongAgo(text: String, microseconds: Int64?) {
        let now = AuditMoment(microseconds: 1_795_435_200_000_000)
        #expect(AuditTime(text, now: now)?.moment.microseconds == microseconds)
    }

    @Test(
        arguments: [
            ("target_not_allowed", nil), ("exchange_rejected: invalid_grant", nil),
            ("target_not_alowed: path", "near it are target_not_allowed"), ("audience", "wrong_audience"),
            ("ambigous", "near it are ambiguous"), ("xyzzy", "docs/refusals.md has them all"),
        ] as [(String, String?)])
    func aReasonThatNoRefusalHasIsNamedWithThoseNearIt(reason: String, message: String?) {
        let mistake = KnownReasons.mistake(reason)
        #expect((mistake == nil) == (message == nil))
        if let message { #expect(mistake?.contains(message) == true) }
    }

    /// Sections of the page that are about something else than records.
    private static let otherSections = ["The shape of a refusal", "Envelopes", "Key sets"]

    @Test func theKnownReasonsAreThoseOfThePage() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let page = try String(contentsOf: root.appendingPathComponent("docs/refusals.md"), encoding: .utf8)
        var codes: Set<Substring> = []
        for section in page.split(separator: "\n## ").dropFirst() {
            guard !Self.otherSections.contains(where: { section.hasPrefix($0) }) else { continue }
            for row in section.split(separator: "\n") where row.hasPrefix("| `") {
                let cell = row.split(separator: "|")[0]
                codes.formUnion(cell.split(separator: "`").filter { $0.contains { $0.isLetter } })
            }
        }
        #expect(codes == Set(KnownReasons.all.map { $0[...] }))
    }

    @Test func aTableIsAsWideAsItsFirstRows() {
        var table = RecordTable(["A", "B"], mostWidths: [4, 9])
        #expect(table.add(["abc", "x"]).isEmpty)
        #expect(table.add(["abcdef", "y"]).isEmpty)
        #expect(table.finish() == ["A     B", "abc   x", "abcdef  y"])
        #expect(table.add(["a", "z"]) == ["a     z"])
    }

    @Test(
        arguments: [
            (["audit", "query", "p.yaml", "--count", "--limit", "3"], false), (["audit", "query", "p.yaml"], true),
            (["audit", "query", "p.yaml", "--mode", "user"], false),
            (["audit", "query", "p.yaml", "--since", "2w"], false),
            (["audit", "verify", "a.jsonl", "b.jsonl", "--checkpoint", "c"], true),
            (["audit", "verify", "a.jsonl", "--vkey", "x"], false), (["audit", "prove", "a.jsonl"], false),
            (["audit", "prove", "--check", "p.json"], true), (["audit", "prove", "a.jsonl", "--seq", "1"], true),
            (["audit", "prove", "a.jsonl", "--consistency", "1", "2"], true),
            (["audit", "tail", "a.jsonl", "-n", "5"], true),
            (["audit", "prove", "a.jsonl", "--consistency", "2", "1"], false),
            (["audit", "query", "a.jsonl", "--event", "egress"], true),
            (["audit", "query", "a.jsonl", "--event", "egress.denied"], true),
            (["audit", "query", "a.jsonl", "--event", "egres"], false),
            (["audit", "query", "a.jsonl", "--fields", "seq,actor_sub"], true),
            (["audit", "query", "a.jsonl", "--reason", "target_not_allowed"], true),
            (["audit", "query", "a.jsonl", "--reason", "target_not_allowed: path"], true),
            (["audit", "query", "a.jsonl", "--reason", "target_not_alowed"], false),
            (["audit", "query", "a.jsonl", "--reason", "target"], false),
            (["audit", "query", "a.jsonl", "--reason", ""], false),
            (["audit", "query", "a.jsonl", "--fields", "seq,actor"], false),
        ] as [([String], Bool)])
    func theCommandLineIsChecked(arguments: [String], isGood: Bool) {
        #expect(((try? Bulla.parseAsRoot(arguments)) != nil) == isGood)
    }
}
