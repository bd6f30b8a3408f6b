import StrictCoding
import Testing

@Suite struct JSONValueTests {
    static func parse(_ text: ByteString) throws -> JSONValue {
        try JSONDocument(parsing: text.bytes, limits: .message).root
    }

    @Test func valuesAreFoundAndReadInPlace() throws {
        let root = try Self.parse(#"{"a": 1, "b" : [ true , null, {"c":"x"} ], "d\u0065": "y\n", "f":{}}"#)
        #expect(root.kind == .object)
        #expect(root["a"]?.integer == 1)
        #expect(root["b"]?.kind == .array)
        #expect(root["b"]?.elements?.map(\.kind) == [.bool, .null, .object])
        #expect(root["b"]?.elements?.last?["c"]?.text == "x")
        #expect(root["de"]?.text == "y\n")
        #expect(root.member("de")?.isText("y\n") == true)
        #expect(root["d"] == nil)
        #expect(root["c"] == nil, "members of inner objects are not members of the outer one")
        #expect(root["f"]?.members?.isEmpty == true)
        #expect(root.members?.map(\.name) == ["a", "b", "de", "f"])
        #expect(root.names.map(\.text) == ["a", "b", "de", "f"])
        #expect(root["f"]?.names.map(\.text).isEmpty == true)
        #expect(root["b"]?.names.map(\.text).isEmpty == true, "an array has no names")
        #expect(root["a"]?["x"] == nil)
    }

    @Test func rangesCoverValuesWithoutTheirSurroundings() throws {
        let root = try Self.parse(#" { "a" : [ 1 , "x" ] , "b" :-1.5e3 } "#)
        #expect(root.source.elementsEqual(#"{ "a" : [ 1 , "x" ] , "b" :-1.5e3 }"#.utf8))
        #expect(root["a"]?.source.elementsEqual(#"[ 1 , "x" ]"#.utf8) == true)
        #expect(root["b"]?.source.elementsEqual("-1.5e3".utf8) == true)
        #expect(root["a"]?.elements?[1].range == 15..<18)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("-12", -12), ("9007199254740992", 1 << 53),
            ("-9007199254740992", -(1 << 53)),
            ("9007199254740993", nil), ("99999999999999999999", nil), ("1.0", nil), ("1e3", nil),
            ("1795478400", 1_795_478_400),
            ("true", nil), ("\"1\"", nil), ("null", nil),
        ] as [(ByteString, Int64?)])
    func integersArePlainDigitsThatADoubleHolds(text: ByteString, value: Int64?) throws {
        #expect(try Self.parse(text).integer == value)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0.5", -0.5), ("1.5e3", 1500), ("1795478400.25", 1_795_478_400.25), ("1e400", nil),
            ("-1e400", nil), ("1e-400", 0),
            ("9223372036854775808", 9_223_372_036_854_775_808), ("true", nil), ("\"1\"", nil),
            (ByteString([UInt8](repeating: 0x31, count: 64)), 1.1111111111111111e63),
            (ByteString([UInt8](repeating: 0x31, count: 65)), nil),
        ] as [(ByteString, Double?)])
    func doublesAreFinite(text: ByteString, value: Double?) throws {
        #expect(try Self.parse(text).number == value)
    }

    @Test func trueIsNotANumberAndOneIsNotABool() throws {
        #expect(try Self.parse("true").bool == true)
        #expect(try Self.parse("false").bool == false)
        #expect(try Self.parse("1").bool == nil)
        #expect(try Self.parse("null").isNull)
        #expect(try !Self.parse("0").isNull)
    }

    @Test(
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, [0x22, 0x5C, 0x2F, 0x08, 0x0C, 0x0A, 0x0D, 0x09]), (#""\u0000a""#, [0x00, 0x61]),
            (#""\u00e9\u4E2D""#, Array("é中".utf8)), (#""\uD83D\uDE00!""#, Array("😀!".utf8)),
            (#""é\u0301""#, Array("é\u{301}".utf8)), (#""""#, []),
        ] as [(ByteString, [UInt8])])
    func escapesAreUndone(text: ByteString, bytes: [UInt8]) throws {
        #expect(try Self.parse(text).text?.bytes == bytes)
    }

    @Test func namesAreComparedByBytes() throws {
        let root = try Self.parse("{\"caf\u{E9}\":1,\"cafe\u{301}\":2,\"\\u0061b\":3}")
        #expect(root.member(ByteString("cafe\u{301}"))?.integer == 2)
        #expect(root.member(ByteString("caf\u{E9}"))?.integer == 1)
        #expect(root["ab"]?.integer == 3)
        #expect(root["AB"] == nil)
    }
}
