package import StrictCoding

/// One thing that a policy's author should know: what, where, and what to do about it.
package struct Diagnostic: Hashable, Sendable {
    package enum Severity: String, Sendable {
        /// The policy does not take effect.
        case error
        /// The policy takes effect, though probably not as meant.
        case warning
        case note
    }

    package let severity: Severity
    package let file: String
    /// From 1.
    package let line: Int
    /// From 1, in Unicode scalars.
    package let column: Int
    /// One line, lower case, without a full stop; the author's words in backticks.
    package let message: String
    package let help: String?

    package init(
        severity: Severity, file: String, line: Int, column: Int, message: String, help: String?
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.help = help
    }

    /// What whoever reads the secrets of a policy has to say about one of them.
    package init(unreadable mention: SecretMention, file: String, message: String, help: String? = nil) {
        self.init(
            severity: .error, file: Quotation.escaped(file, limit: 400), line: mention.place.line,
            column: mention.place.column, message: message, help: help)
    }

    /// `file:31:5: error: message`, and on a second line the help if there is one.
    package var rendered: String {
        let first = "\(file):\(line):\(column): \(severity.rawValue): \(message)"
        guard let help else { return first }
        return "\(first)\n  help: \(help)"
    }

    /// One JSON object: `severity`, `file`, `line`, `column`, `message` and `help` (absent when there is none).
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("severity", severity.rawValue)
            writer.member("file", file)
            writer.member("line", line)
            writer.member("column", column)
            writer.member("message", message)
            if let help { writer.member("help", help) }
        }
    }
}
