import StrictCoding

/// The author's own words inside a message: in backticks, on one line, cut short when they are long.
enum Quotation {
    /// `text` in backticks, as a message shows it.
    static func of(_ text: ByteString) -> String {
        "`\(escaped(text.string, limit: 80))`"
    }

    static func list(_ texts: [String]) -> String {
        texts.map { "`\($0)`" }.joined(separator: ", ")
    }

    /// `text` without anything that could end the line, colour a terminal or turn the reading direction.
    static func escaped(_ text: String, limit: Int) -> String {
        var shown = ""
        for (index, scalar) in text.unicodeScalars.enumerated() {
            if index == limit { return shown + "…" }
            if isSafe(scalar) {
                shown.unicodeScalars.append(scalar)
            } else {
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return shown
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
