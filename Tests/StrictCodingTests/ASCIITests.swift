import StrictCoding
import Testing

@Suite struct ASCIITests {
    @Test func tokenCharactersAreThoseOfHTTP() {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(byte.isTchar == tokens.contains(byte))
        }
    }

    @Test func caseIsAMatterOfTwentySixLetters() {
        for byte in UInt8.min...UInt8.max {
            let isUpper = (0x41...0x5A).contains(byte)
            let isLower = (0x61...0x7A).contains(byte)
            #expect(byte.asciiLowercased == (isUpper ? byte + 32 : byte))
            #expect(byte.asciiUppercased == (isLower ? byte - 32 : byte))
            #expect(byte.isASCIILetter == (isUpper || isLower))
        }
    }

    @Test(
        arguments: [
            ("Token", true), ("TOKEN", true), ("token", true), ("toke", false), ("tokens", false),
            ("to\u{212A}en", false), ("t\u{0}ken", false),
        ] as [(ByteString, Bool)])
    func caseInsensitiveEqualityKnowsNoUnicode(text: ByteString, isEqual: Bool) {
        #expect(text.bytes.equalsIgnoringASCIICase("token") == isEqual)
    }

    @Test func digitsControlsAndVisibleCharactersPartition() {
        for byte in UInt8.min...UInt8.max {
            #expect(byte.isASCIIDigit == (0x30...0x39).contains(byte))
            #expect(byte.isASCIIControl == (byte < 0x20 || byte == 0x7F))
            #expect(byte.isVisibleASCII == (0x21...0x7E).contains(byte))
            #expect(
                byte.isASCIIHexDigit
                    == (byte.isASCIIDigit || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)))
        }
    }
}
