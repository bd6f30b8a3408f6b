import Policy
import StrictCoding
import Testing

/// What happens to text that is no policy: a diagnostic with its place, never a crash, never a long wait.
@Suite struct SourceTests {
    @Test(
        arguments: [
            (
                [0x76, 0x3A, 0x0A, 0x20, 0xC3, 0xA9, 0xFF],
                "p:2:3: error: the file is not UTF-8\n  help: save it as UTF-8 without BOM"
            ),
            ([0xED, 0xA0, 0x80], "p:1:1: error: the file is not UTF-8\n  help: save it as UTF-8 without BOM"),
            (
                [0xEF, 0xBB, 0xBF, 0x61],
                "p:1:1: error: the file begins with a byte order mark\n  help: save it as UTF-8 without BOM"
            ),
            ([0x61, 0x3A, 0x20, 0x00], "p:1:4: error: this is not YAML: control characters are not allowed"),
            ([0x61, 0x0A, 0x62, 0x1B], "p:2:2: error: this is not YAML: control characters are not allowed"),
        ] as [([UInt8], String)])
    func bytesThatAreNoTextAreRefusedAtTheirPlace(bytes: [UInt8], expected: String) {
        #expect(diagnostics(bytes) == [expected])
    }

    @Test func aFileOverOneMebibyteIsNotRead() {
        let most = PolicySource.mostBytes
        #expect(
            diagnostics([UInt8](repeating: 0x23, count: most + 1)) == ["p:1:1: error: the file is larger than 1 MiB"])
        #expect(diagnostics([UInt8](repeating: 0x23, count: most)).first?.contains("empty") == true)
    }

    @Test func anAliasBombIsRefusedWithoutUnfolding() {
        var text = "version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<40 {
            let aliases = [String](repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let found = diagnostics(Array(text.utf8))
        #expect(
            found.contains(
                "p:2:5: error: anchors are not allowed in a policy\n  help: write the value out where it is used"))
        #expect(found.count == 101)
    }

    @Test func aBombOfAliasesAsKeysIsRefusedWithoutUnfolding() {
        var text = "version: 1\na0: &a0 {x: y}\n"
        for level in 1..<40 { text += "a\(level): &a\(level) {? *a\(level - 1) : 1, ? [*a\(level - 1)] : 2}\n" }
        #expect(diagnostics(Array(text.utf8)).count == 101)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "!a &b [", "a:\n "])
    func depthIsBounded(opening: String) {
        let text = String(repeating: opening, count: 100_000)
        let found = diagnostics(Array(text.utf8))
        #expect(found.contains { $0.contains("error") })
        #expect(found.count <= 101)
    }

    @Test func onlySoManyDiagnosticsAreKept() {
        let text = "version: 1\n" + (0..<500).map { "key\($0): x\n" }.joined()
        let found = diagnostics(Array(text.utf8))
        #expect(found.count == 101)
        #expect(found.last?.hasSuffix("note: 401 more findings are not shown") == true)
    }

    @Test func aFileNameCannotForgeALine() {
        let compilation = PolicyCompiler.compile(PolicySource(name: "p\nq\u{1B}[2J", bytes: []))
        #expect(compilation.diagnostics.map(\.file) == ["p\\u{a}q\\u{1b}[2J"])
    }

    @Test func aDiagnosticIsAlsoJSON() throws {
        let compilation = PolicyCompiler.compile(PolicySource(name: "p", bytes: Array("- \"x\"".utf8)))
        let diagnostic = try #require(compilation.diagnostics.first)
        var writer = JSONWriter()
        diagnostic.write(to: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"severity":"error","file":"p","line":1,"column":1,"message":"a policy is a mapping of keys to values"}"#
        )
    }

    private func diagnostics(_ bytes: [UInt8]) -> [String] {
        PolicyCompiler.compile(PolicySource(name: "p", bytes: bytes)).diagnostics.map(\.rendered)
    }
}
