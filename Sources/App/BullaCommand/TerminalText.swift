import StrictCoding

/// Text from outside as a terminal may show it: on one line, with every character visible.
///
/// What would steer the terminal or deceive the reader is spelt out: control characters, line and paragraph separators,
/// bidirectional controls and whatever else has no shape of its own, blanks other than the plain one, and bytes that are
/// no text. Two texts that differ look different, as far as spelling can make them.
enum TerminalText {
    /// A longer text is cut, and marked as cut.
    static let shownBytes = 400

    static func of(_ text: ByteString, limit: Int = shownBytes) -> String {
        var shown = ""
        var decoder = UTF8()
        var bytes = text.bytes.prefix(limit).makeIterator()
        decoding: while true {
            switch decoder.decode(&bytes) {
            case .scalarValue(let scalar): append(scalar, to: &shown)
            case .emptyInput: break decoding
            case .error: shown += "\\x{?}"
            }
        }
        return text.count > limit ? shown + "…" : shown
    }

    static func of(_ text: String, limit: Int = shownBytes) -> String { of(ByteString(text), limit: limit) }

    private static func append(_ scalar: Unicode.Scalar, to shown: inout String) {
        if scalar.isASCII ? (0x20..<0x7F).contains(scalar.value) : isVisible(scalar) {
            shown.unicodeScalars.append(scalar)
        } else {
            shown += "\\u{\(String(scalar.value, radix: 16))}"
        }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.properties.isDefaultIgnorableCodePoint else { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: return false
        case .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
        default: return true
        }
    }
}
