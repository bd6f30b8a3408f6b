import StrictCoding
import Testing

@Suite struct EncodingTests {
    /// RFC 4648, section 10, without padding, and the two characters in which base64url differs.
    static let base64URL: [(bytes: [UInt8], text: ByteString)] = [
        ([], ""), (Array("f".utf8), "Zg"), (Array("fo".utf8), "Zm8"), (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg"),
        (Array("fooba".utf8), "Zm9vYmE"), (Array("foobar".utf8), "Zm9vYmFy"), ([0xFB, 0xFF, 0xBF], "-_-_"),
        ([0, 0], "AAA"),
    ]

    @Test(arguments: base64URL)
    func base64URLIsUnpadded(bytes: [UInt8], text: ByteString) throws {
        #expect(Base64URL.encode(bytes) == text.bytes)
        #expect(Base64URL.encodedCount(bytes.count) == text.count)
        #expect(try Base64URL.decode(text) == bytes)
    }

    @Test(
        arguments: [
            ("A", .impossibleLength), ("AAAAA", .impossibleLength),
            ("Zg==", .unexpectedByte(offset: 2)), ("Zm8=", .unexpectedByte(offset: 3)), ("Zm9v\n", .impossibleLength),
            ("Zm9vY\n", .unexpectedByte(offset: 5)), ("Zm 9vYg", .unexpectedByte(offset: 2)),
            ("+/+/", .unexpectedByte(offset: 0)),
            ("AAAA.A", .unexpectedByte(offset: 4)), ("AA\u{0}A", .unexpectedByte(offset: 2)),
            ("Aé", .unexpectedByte(offset: 1)),
            ("Zh", .trailingBits), ("Zm9", .trailingBits), ("AB", .trailingBits),
        ] as [(ByteString, Base64URLError)])
    func base64URLHasOneSpelling(text: ByteString, error: Base64URLError) {
        #expect(throws: error) { try Base64URL.decode(text) }
    }

    @Test func everyLengthSurvivesARoundTrip() throws {
        var random = SeededGenerator(seed: 1)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            let text = Base64URL.encode(bytes)
            #expect(try Base64URL.decode(text) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }

    @Test func whatDecodesEncodesToItself() {
        var random = SeededGenerator(seed: 2)
        let letters = Array("ABab01-_=+/ ".utf8)
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...7, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0
            }
            guard let bytes = try? Base64URL.decode(text) else { continue }
            #expect(Base64URL.encode(bytes) == text)
        }
    }

    @Test(arguments: ["0", "0G", "AB", "aB", " 0", "0x", "é"] as [ByteString])
    func hexadecimalIsLowercaseAndWhole(text: ByteString) {
        #expect(Hex.decode(text.bytes) == nil)
    }

    @Test func hexadecimalSpellsBytes() {
        #expect(Hex.encode([0x00, 0x9F, 0xFF]) == Array("009fff".utf8))
        #expect(Hex.decode("009fff".utf8) == [0x00, 0x9F, 0xFF])
    }

    @Test(
        arguments: [([], [], true), ([1, 2], [1, 2], true), ([1, 2], [1, 3], false), ([1], [1, 2], false)]
            as [([UInt8], [UInt8], Bool)])
    func constantTimeEqualityIsEquality(left: [UInt8], right: [UInt8], isEqual: Bool) {
        #expect(constantTimeEqual(left, right) == isEqual)
    }
}
