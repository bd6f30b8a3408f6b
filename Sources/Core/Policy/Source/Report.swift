/// All that was found wrong with one file so far.
struct Report {
    /// A file with more mistakes than this is not a policy; the rest is counted, not kept.
    static let mostDiagnostics = 100

    /// Warnings stop earlier, so that they never take the place of an error.
    private static let mostWarnings = mostDiagnostics / 2

    private let file: String
    private var kept: [Diagnostic] = []
    private var dropped = 0
    private(set) var hasErrors = false

    init(file: String) {
        self.file = Quotation.escaped(file, limit: 400)
    }

    /// `help` is only worked out for diagnostics that are kept, so a suggestion may cost a search.
    mutating func error(_ place: Place, _ message: String, help: @autoclosure () -> String? = nil) {
        hasErrors = true
        add(.error, place, message, help)
    }

    mutating func warning(_ place: Place, _ message: String, help: @autoclosure () -> String? = nil) {
        add(.warning, place, message, help)
    }

    /// The diagnostics in the order of the file.
    var diagnostics: [Diagnostic] {
        let sorted = kept.sorted { ($0.line, $0.column, $0.message) < ($1.line, $1.column, $1.message) }
        guard dropped > 0, let last = sorted.last else { return sorted }
        let note = Diagnostic(
            severity: .note, file: file, line: last.line, column: last.column,
            message: "\(dropped) more findings are not shown", help: nil)
        return sorted + [note]
    }

    private mutating func add(
        _ severity: Diagnostic.Severity, _ place: Place, _ message: String, _ help: () -> String?
    ) {
        guard kept.count < (severity == .error ? Self.mostDiagnostics : Self.mostWarnings) else {
            dropped += 1
            return
        }
        kept.append(
            Diagnostic(
                severity: severity, file: file, line: place.line, column: place.column, message: message, help: help()))
    }
}
