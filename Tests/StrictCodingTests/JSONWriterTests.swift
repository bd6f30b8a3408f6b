import StrictCoding
import Testing

@Suite struct JSONWriterTests {
    @Test func membersAndElementsAreSeparated() {
        var json = JSONWriter()
        json.object { json in
            json.member("a", 1)
            json.member("b", Int64.min)
            json.member("c", "x")
            json.member("d", true)
            json.member("e", array: ["p", "q"])
            json.member("f", array: [])
            json.name("g")
            json.array { json in
                json.null()
                json.object { _ in }
                json.array { $0.bool(false) }
                json.raw("[ 1 ]".utf8)
            }
            json.name(escaping: ByteString("h"))
            json.string(ByteString("y"))
        }
        let expected =
            #"{"a":1,"b":-9223372036854775808,"c":"x","d":true,"e":["p","q"],"f":[],"g":[null,{},[false],[ 1 ]],"h":"y"}"#
        #expect(ByteString(json.bytes).string == expected)
    }

    @Test(
        arguments: [
            ([0x61, 0x22, 0x5C, 0x2F], #"a\"\\/"#), ([0x00, 0x0A, 0x1F, 0x7F], #"\u0000\u000a\u001f\u007f"#),
            (Array("\u{80}\u{9F}\u{A0}".utf8), "\\u0080\\u009f\u{A0}"),
            (Array("\u{2027}\u{2028}\u{2029}".utf8), "\u{2027}\\u2028\\u2029"),
            (Array("\u{202E}\u{2066}\u{2069}\u{200E}\u{200F}\u{61C}".utf8), #"\u202e\u2066\u2069\u200e\u200f\u061c"#),
            (Array("é中😀".utf8), "é中😀"),
            ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xE4, 0xB8], "\u{FFFD}\u{FFFD}"),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ] as [([UInt8], String)])
    func stringsAreSafeToShow(bytes: [UInt8], text: String) {
        var json = JSONWriter()
        json.string(ByteString(bytes))
        #expect(json.bytes == Array("\"\(text)\"".utf8))
    }

    @Test func aThrowingBodyThrowsItsOwnError() {
        var json = JSONWriter()
        #expect(throws: JSONError(.tooDeep, offset: 3)) {
            try json.object { (_: inout JSONWriter) throws(JSONError) in throw JSONError(.tooDeep, offset: 3) }
        }
    }
}
