import StrictCoding
import Testing

/// What is JSON (RFC 8259) and what is not, one text a row.
@Suite struct JSONConformanceTests {
    static let limits = JSONLimits(bytes: 1 << 20, depth: 64, members: 10_000)

    static let accepted: [ByteString] = [
        "{}", "[]", " [ ] ", "{ }", "[[]]", "[{}]", "{\"a\":{}}", "null", "true", "false", "0", "-0", "\"\"", "\"a\"",
        "\n\t\r 1 \n\t\r",
        "[1]", "[1,2]", "[ 1 , 2 ]", "[null,true,false]", "[[],[[]],{}]", "{\"a\":1}", "{\"a\":1,\"b\":[2]}",
        "{\"\":0}", "{\"a\":null}",
        "[0]", "[-0]", "[10]", "[-1]", "[1.5]", "[0.1]", "[-0.0]", "[1e1]", "[1E1]", "[1e+1]", "[1e-1]", "[0e0]",
        "[1.5E-30]", "[1e400]",
        "[123456789012345678901234567890]",
        "[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]",
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\u0041\\u00e9\\uABCD\"]", "[\"\\ud83d\\ude00\"]",
        "[\"\\uDBFF\\uDFFF\"]", "[\"\\u0000\"]",
        "[\"\u{E9}\u{4E2D}\u{1F600}\"]", "[\"\u{7F}\"]", "[\"\u{2028}\u{2029}\"]", "[\"\u{FFFF}\u{10FFFF}\"]",
        "[\"\u{FEFF}\"]", "[\"/\"]",
        "[\"a\",\"a\"]", "{\"a\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]", "{\"a\":1,\"A\":2,\"a \":3}",
        "{\"caf\u{E9}\":1,\"cafe\u{301}\":2}",
    ]

    @Test(arguments: accepted)
    func jsonIsAccepted(text: ByteString) throws {
        let document = try JSONDocument(parsing: text.bytes, limits: Self.limits)
        #expect(document.bytes == text.bytes)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let error: JSONError

        init(_ text: ByteString, _ kind: JSONError.Kind, _ offset: Int) {
            bytes = text.bytes
            error = JSONError(kind, offset: offset)
        }

        init(bytes: [UInt8], _ kind: JSONError.Kind, _ offset: Int) {
            self.bytes = bytes
            error = JSONError(kind, offset: offset)
        }

        var testDescription: String { ByteString(bytes).string }
    }

    static let structure: [Refusal] = [
        Refusal("", .unexpectedEnd, 0), Refusal("  ", .unexpectedEnd, 2), Refusal("[", .unexpectedEnd, 1),
        Refusal("{", .unexpectedEnd, 1),
        Refusal("[1", .unexpectedEnd, 2), Refusal("[1,", .unexpectedEnd, 3), Refusal("{\"a\"", .unexpectedEnd, 4),
        Refusal("{\"a\":", .unexpectedEnd, 5), Refusal("{\"a\":1", .unexpectedEnd, 6),
        Refusal("{\"a\":1,", .unexpectedEnd, 7),
        Refusal("]", .unexpectedByte, 0), Refusal("}", .unexpectedByte, 0), Refusal("[}", .unexpectedByte, 1),
        Refusal("{]", .unexpectedByte, 1),
        Refusal("[1}", .unexpectedByte, 2), Refusal("{\"a\":1]", .unexpectedByte, 6),
        Refusal("[,1]", .unexpectedByte, 1),
        Refusal("[1,]", .unexpectedByte, 3), Refusal("[1,,2]", .unexpectedByte, 3),
        Refusal("[1 2]", .unexpectedByte, 3),
        Refusal("{,}", .unexpectedByte, 1), Refusal("{\"a\":1,}", .unexpectedByte, 7),
        Refusal("{\"a\"}", .unexpectedByte, 4),
        Refusal("{\"a\":}", .unexpectedByte, 5), Refusal("{\"a\",1}", .unexpectedByte, 4),
        Refusal("{a:1}", .unexpectedByte, 1),
        Refusal("{1:1}", .unexpectedByte, 1), Refusal("{'a':1}", .unexpectedByte, 1),
        Refusal("{\"a\":1 \"b\":2}", .unexpectedByte, 7),
        Refusal("{\"a\"::1}", .unexpectedByte, 5), Refusal("[\"a\":1]", .unexpectedByte, 4),
        Refusal("{null:1}", .unexpectedByte, 1),
        Refusal("[]]", .trailingBytes, 2), Refusal("{}{}", .trailingBytes, 2), Refusal("{} x", .trailingBytes, 3),
        Refusal("1 2", .trailingBytes, 2),
        Refusal("[]\u{0}", .trailingBytes, 2), Refusal("[] // x", .trailingBytes, 3),
        Refusal("[/* x */]", .unexpectedByte, 1),
        Refusal("\u{C}[]", .unexpectedByte, 0), Refusal("\u{A0}[]", .unexpectedByte, 0),
        Refusal("[\u{B}]", .unexpectedByte, 1),
        Refusal("\u{FEFF}{}", .byteOrderMark, 0), Refusal(bytes: [0xFF, 0xFE, 0x7B, 0x00], .unexpectedByte, 0),
        Refusal(bytes: [0x00, 0x7B, 0x00, 0x7D], .unexpectedByte, 0), Refusal(bytes: [0xEF, 0xBB], .unexpectedByte, 0),
    ]

    static let scalars: [Refusal] = [
        Refusal("tru", .unexpectedEnd, 3), Refusal("trux", .unexpectedByte, 3), Refusal("True", .unexpectedByte, 0),
        Refusal("nul", .unexpectedEnd, 3),
        Refusal("NaN", .unexpectedByte, 0), Refusal("nan", .unexpectedByte, 1), Refusal("Infinity", .unexpectedByte, 0),
        Refusal("truee", .trailingBytes, 4),
        Refusal("-Infinity", .invalidNumber, 1), Refusal("+1", .unexpectedByte, 0), Refusal("01", .invalidNumber, 1),
        Refusal("-01", .invalidNumber, 2),
        Refusal("-", .unexpectedEnd, 1), Refusal("--1", .invalidNumber, 1), Refusal(".5", .unexpectedByte, 0),
        Refusal("1.", .unexpectedEnd, 2),
        Refusal("[1.]", .invalidNumber, 3), Refusal("1.e1", .invalidNumber, 2), Refusal("1e", .unexpectedEnd, 2),
        Refusal("[1e]", .invalidNumber, 3),
        Refusal("1e+", .unexpectedEnd, 3), Refusal("[1e+]", .invalidNumber, 4), Refusal("0x10", .trailingBytes, 1),
        Refusal("1_000", .trailingBytes, 1),
        Refusal("1.5.5", .trailingBytes, 3), Refusal("[1a]", .unexpectedByte, 2),
        Refusal("\u{FF11}", .unexpectedByte, 0),
    ]

    static let strings: [Refusal] = [
        Refusal("\"", .unexpectedEnd, 1), Refusal("\"a", .unexpectedEnd, 2), Refusal("'a'", .unexpectedByte, 0),
        Refusal("\"a\"b", .trailingBytes, 3),
        Refusal("\"\\", .unexpectedEnd, 2), Refusal("\"\\\"", .unexpectedEnd, 3),
        Refusal("\"\\x41\"", .invalidEscape, 1),
        Refusal("\"\\a\"", .invalidEscape, 1), Refusal("\"\\'\"", .invalidEscape, 1),
        Refusal("\"\\U0041\"", .invalidEscape, 1),
        Refusal("\"\\u\"", .invalidEscape, 3), Refusal("\"\\u004\"", .invalidEscape, 6),
        Refusal("\"\\u004g\"", .invalidEscape, 6),
        Refusal("\"\\u00", .unexpectedEnd, 5), Refusal("\"\\u+041\"", .invalidEscape, 3),
        Refusal("\"\\\u{0}\"", .invalidEscape, 1),
        Refusal("\"\u{0}\"", .controlCharacter, 1), Refusal("\"a\n\"", .controlCharacter, 2),
        Refusal("\"\t\"", .controlCharacter, 1),
        Refusal("\"\u{1F}\"", .controlCharacter, 1), Refusal("\"\u{1B}[2J\"", .controlCharacter, 1),
        Refusal("\"\\ud800\"", .loneSurrogate, 1), Refusal("\"\\udc00\"", .loneSurrogate, 1),
        Refusal("\"\\ud800x\"", .loneSurrogate, 1),
        Refusal("\"\\ud800\\n\"", .loneSurrogate, 1), Refusal("\"\\ud800\\u0041\"", .loneSurrogate, 1),
        Refusal("\"\\ud800\\ud800\"", .loneSurrogate, 1),
        Refusal("\"\\ude00\\ud83d\"", .loneSurrogate, 1), Refusal("\"\\ud800\\u\"", .invalidEscape, 9),
        Refusal("\"\\ud800", .loneSurrogate, 1),
        Refusal("{\"\\ud800\":1}", .loneSurrogate, 2),
        Refusal(bytes: [0x22, 0xFF, 0x22], .invalidUTF8, 1), Refusal(bytes: [0x22, 0x80, 0x22], .invalidUTF8, 1),
        Refusal(bytes: [0x22, 0xC0, 0xAF, 0x22], .invalidUTF8, 1),
        Refusal(bytes: [0x22, 0xC1, 0xBF, 0x22], .invalidUTF8, 1),
        Refusal(bytes: [0x22, 0xE0, 0x80, 0xAF, 0x22], .invalidUTF8, 1),
        Refusal(bytes: [0x22, 0xED, 0xA0, 0x80, 0x22], .invalidUTF8, 1),
        Refusal(bytes: [0x22, 0xED, 0xBF, 0xBF, 0x22], .invalidUTF8, 1),
        Refusal(bytes: [0x22, 0xF0, 0x80, 0x80, 0xAF, 0x22], .invalidUTF8, 1),
        Refusal(bytes: [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .invalidUTF8, 1),
        Refusal(bytes: [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], .invalidUTF8, 1),
        Refusal(bytes: [0x22, 0xE4, 0xB8, 0x22], .invalidUTF8, 1), Refusal(bytes: [0x22, 0x61, 0xC3], .invalidUTF8, 2),
        Refusal(bytes: [0x5B, 0xFF, 0x5D], .unexpectedByte, 1),
        Refusal(bytes: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], .invalidUTF8, 2),
    ]

    /// Strings are read eight bytes at a time where nothing in them is special: what is special is seen wherever it
    /// stands among the eight.
    @Test(arguments: UInt8(0)...0xFF)
    func everyByteOfAStringIsLookedAt(_ byte: UInt8) {
        for place in 0..<24 {
            var text = [UInt8](repeating: UInt8(ascii: "x"), count: 24)
            text[place] = byte
            let expected: JSONError.Kind? =
                switch byte {
                case 0..<0x20: .controlCharacter
                // The quote ends the string early, the backslash escapes an `x` or the last quote, and no byte above
                // stands alone.
                case UInt8(ascii: "\""): .trailingBytes
                case UInt8(ascii: "\\"): place == 23 ? .unexpectedEnd : .invalidEscape
                case 0x80...0xFF: .invalidUTF8
                default: nil
                }
            var refusal: JSONError.Kind?
            do throws(JSONError) {
                let json = try JSONDocument(parsing: [0x22] + text + [0x22], limits: .message).root
                #expect(json.text?.bytes == text)
            } catch {
                refusal = error.kind
            }
            #expect(refusal == expected, "byte \(byte) at \(place)")
        }
    }

    @Test(arguments: structure + scalars + strings)
    func whatIsNotJSONIsRefusedWhereItStopsToBe(refusal: Refusal) {
        #expect(throws: refusal.error) { try JSONDocument(parsing: refusal.bytes, limits: Self.limits) }
    }

    @Test(arguments: [
        Refusal("{\"a\":1,\"a\":2}", .duplicateName, 7), Refusal("{\"a\":1,\"a\":1}", .duplicateName, 7),
        Refusal("{\"\":1,\"\":1}", .duplicateName, 6),
        Refusal("{\"sub\":1,\"\\u0073ub\":2}", .duplicateName, 9),
        Refusal("{\"\\u0073ub\":1,\"s\\u0075b\":2}", .duplicateName, 14),
        Refusal("{\"/\":1,\"\\/\":2}", .duplicateName, 7),
        Refusal("{\"\\ud83d\\ude00\":1,\"\u{1F600}\":2}", .duplicateName, 18),
        Refusal("[0,{\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}]", .duplicateName, 22),
        Refusal("{\"a\":{\"b\":1,\"b\":2},\"a\":3}", .duplicateName, 12),
        Refusal("{\"a\":{\"c\":1},\"b\":[],\"a\":{}}", .duplicateName, 20),
    ])
    func duplicateNamesAreRefusedAtEveryDepth(refusal: Refusal) {
        #expect(throws: refusal.error) { try JSONDocument(parsing: refusal.bytes, limits: Self.limits) }
    }
}
