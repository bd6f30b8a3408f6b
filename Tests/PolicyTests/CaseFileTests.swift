import Policy
import StrictCoding
import Testing

/// The behaviour of policies, told in files: what each mistake is answered with, and what each question is answered
/// with.
@Suite struct CaseFileTests {
    @Test(arguments: CaseFile.all.filter { !$0.asksQuestions })
    func aPolicyGetsExactlyTheseDiagnostics(expected: CaseFile.Case) {
        let compilation = compile(expected)
        let rendered = compilation.diagnostics.map(\.rendered).joined(separator: "\n")
        #expect(rendered.split(separator: "\n").map(String.init) == expected.diagnostics)
        let hasErrors = compilation.diagnostics.contains { $0.severity == .error }
        #expect((compilation.policy == nil) == hasErrors)
    }

    @Test(arguments: CaseFile.all.filter(\.asksQuestions))
    func aQuestionGetsExactlyThisVerdict(expected: CaseFile.Case) throws {
        let compilation = compile(expected)
        let policy = try #require(compilation.policy, "\(compilation.diagnostics.map(\.rendered))")
        let table = try #require(QuestionTable(expected.expectation))
        let server = try #require(policy.servers.first { $0.name == table.server })
        for row in table.rows {
            #expect(QuestionTable.text(server.verdict(for: row.question)) == row.expected, "\(row.line)")
        }
    }

    @Test func caseFilesAreFound() {
        #expect(CaseFile.all.count > 20)
        #expect(CaseFile.all.allSatisfy { !$0.title.isEmpty && !$0.expectation.isEmpty })
    }

    private func compile(_ expected: CaseFile.Case) -> PolicyCompilation {
        PolicyCompiler.compile(PolicySource(name: "policy.yaml", bytes: Array(expected.policy.utf8)))
    }
}
