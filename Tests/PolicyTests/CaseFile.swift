import Testing

/// One file of `Cases`: a policy and what is expected of it, several times. The format is in `Cases/README.md`.
struct CaseFile {
    struct Case: Sendable, CustomTestStringConvertible {
        let file: String
        let title: String
        let policy: String
        /// The lines after the dashes, without empty lines around them.
        let expectation: [String]

        var testDescription: String { "\(file): \(title)" }

        var asksQuestions: Bool { expectation.first?.hasPrefix("server ") ?? false }

        /// The lines that compiling should print.
        var diagnostics: [String] { expectation == ["no diagnostics"] ? [] : expectation }
    }

    static let all: [Case] = TestFiles.cases.flatMap { name in
        (try? TestFiles.caseText(name)).map { cases(in: $0, file: name) } ?? []
    }

    static func cases(in text: String, file: String) -> [Case] {
        var cases: [Case] = []
        var title = ""
        var policy: [Substring] = []
        var expectation: [Substring]?
        func finish() {
            guard let lines = expectation else { return }
            cases.append(
                Case(
                    file: file, title: title, policy: policy.map { $0 + "\n" }.joined(),
                    expectation: trimmed(lines).map(String.init)))
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("==== ") {
                finish()
                (title, policy, expectation) = (String(line.dropFirst(5)), [], nil)
            } else if line.hasPrefix("----------") {
                expectation = []
            } else if expectation != nil {
                expectation?.append(line)
            } else {
                policy.append(line)
            }
        }
        finish()
        return cases
    }

    private static func trimmed(_ lines: [Substring]) -> ArraySlice<Substring> {
        let start = lines.firstIndex { !$0.isEmpty } ?? lines.endIndex
        let end = lines.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? start
        return lines[start..<end]
    }
}
