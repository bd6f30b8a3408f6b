import Crypto
import StrictCoding
import Testing

@testable import Launch

/// What of a server's output reaches the log.
@Suite struct OutputTests {
    static let secret = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
    static let envelope = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEyMyJ9.c2lnbmF0dXJl"

    @Test(arguments: [
        ("plain text", "plain text"),
        ("GET http://127.0.0.1:9080/\(secret)/orders_api/1", "GET http://127.0.0.1:9080/<secret>/orders_api/1"),
        ("\(secret)\(secret)", "<secret><secret>"),
        ("Authorization: Bearer eieh_\(secret)!", "Authorization: Bearer <secret>!"),
        ("Authorization: Bearer eieh_zzz", "Authorization: Bearer <secret>"),
        ("Txn-Token: \(envelope), next", "Txn-Token: <secret>, next"),
        ("{'txn-token': b'\(envelope)'}", "{'txn-token': b'<secret>'}"),
        ("two parts eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c2Vy", "two parts <secret>"),
        ("five parts eyJh.a.b.c.d.e", "five parts <secret>.e"),
        ("eyJust a word. And an eye", "eyJust a word. And an eye"),
        ("almost \(secret.dropLast())", "almost \(secret.dropLast())"),
    ])
    func secretsOfRequestsAndOfTheInstanceAreReplaced(line: String, shown: String) {
        let redaction = Redaction(secret: SecretBytes(Array(Self.secret.utf8)))
        #expect(redaction.apply(to: .init(bytes: Array(line.utf8), isCut: false)) == ByteString(shown))
    }

    @Test(arguments: [secret, "eieh_\(secret)", envelope])
    func aSecretAcrossAnySeamIsNotShownInPart(token: String) {
        let redaction = Redaction(secret: SecretBytes(Array(Self.secret.utf8)))
        for seam in [Redaction.mostBytes, LineSplitter.heldBytes] {
            for overlap in 1..<token.utf8.count {
                var splitter = LineSplitter()
                let text = String(repeating: ".", count: seam - overlap) + token + String(repeating: "#", count: 9_000)
                let lines = splitter.lines(in: Array((text + "\n").utf8))
                #expect(lines.count == 1)
                let shown = redaction.apply(to: lines[0])
                #expect(shown.count <= Redaction.mostBytes)
                let rest = shown.string.drop { $0 == "." }
                #expect(rest.isEmpty || rest.hasPrefix("<") || rest.hasPrefix("#"), "\(rest.prefix(60))")
            }
        }
    }

    @Test func linesAreWholeHoweverTheirBytesArrive() {
        let text = "first\nsecond\r\n\nfourth without end"
        for size in 1...text.utf8.count {
            var splitter = LineSplitter()
            var lines: [String] = []
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                lines += splitter.lines(in: bytes.prefix(size)).map { String(decoding: $0.bytes, as: UTF8.self) }
                bytes = bytes.dropFirst(size)
            }
            #expect(lines == ["first", "second", ""])
            #expect(splitter.rest() == .init(bytes: Array("fourth without end".utf8), isCut: false))
            #expect(splitter.rest() == nil)
        }
    }

    @Test func ofALongLineTheBeginningIsKeptAndTheNextLineIsWhole() {
        var splitter = LineSplitter()
        for _ in 0..<100 { #expect(splitter.lines(in: [UInt8](repeating: 0x61, count: 1_000)).isEmpty) }
        let lines = splitter.lines(in: Array("\nnext\n".utf8))
        #expect(lines.map(\.bytes.count) == [LineSplitter.heldBytes, 4])
        #expect(lines.map(\.isCut) == [true, false])
    }

    @Test func linesBeyondTheSecondsBudgetAreCounted() {
        var budget = LineBudget(now: 0)
        let shown = (0..<500).filter { _ in budget.takeLine() }.count
        #expect(shown == LineBudget.lines)
        #expect(budget.deadline == 1_000)
        #expect(budget.turn(now: 999) == 0)
        #expect(budget.turn(now: 1_000) == 300)
        let isTaken = budget.takeLine()
        #expect(isTaken)
        #expect(budget.deadline == nil)
    }

    @Test func aServerThatWritesWithoutEndIsLeftWaiting() {
        var budget = LineBudget(now: 0)
        budget.read(LineBudget.bytes)
        #expect(!budget.allowsReading)
        #expect(budget.turn(now: 1_000) == 0)
        #expect(budget.allowsReading)
    }
}
