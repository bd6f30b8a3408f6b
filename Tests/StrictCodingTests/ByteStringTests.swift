import StrictCoding
import Testing

@Suite struct ByteStringTests {
    @Test func composedAndDecomposedTextAreTwoStrings() {
        let composed = ByteString("caf\u{E9}")
        let decomposed = ByteString("cafe\u{301}")
        #expect("caf\u{E9}" == "cafe\u{301}", "Swift's String takes them for one")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test(arguments: [("", "a"), ("a", "aa"), ("Z", "a"), ("a\u{7F}", "a\u{80}")] as [(ByteString, ByteString)])
    func orderIsThatOfUnsignedBytes(smaller: ByteString, greater: ByteString) {
        #expect(smaller < greater)
        #expect(!(greater < smaller))
    }

    @Test(
        arguments: [
            (Array("alice".utf8), true), (Array("Ünïcö 名前".utf8), true), (Array(repeating: 0x61, count: 16), true),
            ([], false), (Array(repeating: 0x61, count: 17), false),
            ([0x61, 0x00], false), (Array("a\r\nb".utf8), false), ([0x7F], false), (Array("\u{85}".utf8), false),
            ([0x1B], false),
            ([0xFF], false), ([0xC3], false), ([0xC0, 0x80], false), ([0xED, 0xA0, 0x80], false),
            ([0xF4, 0x90, 0x80, 0x80], false),
        ] as [([UInt8], Bool)])
    func plainTextIsBoundedWellFormedAndFreeOfControls(bytes: [UInt8], isPlain: Bool) {
        #expect(ByteString(bytes).isPlainText(limit: 16) == isPlain)
    }

    @Test func comparisonWithALiteralIsExact() {
        let text: ByteString = "token"
        #expect(text.equals("token"))
        #expect(!text.equals("toke"))
        #expect(!text.equals("Token"))
        #expect(text.hasPrefix("tok"))
        #expect(!text.hasPrefix("tokens"))
    }
}
