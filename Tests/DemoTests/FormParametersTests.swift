import Demo
import StrictCoding
import Testing

@Suite struct FormParametersTests {
    @Test(
        arguments: [
            ("a=1&b=2", "b", "2"),
            ("a=1+2%20%2B", "a", "1 2 +"),
            ("redirect_uri=http://127.0.0.1/x?y=z", "redirect_uri", "http://127.0.0.1/x?y=z"),
            ("n%61me=v", "name", "v"),
            ("a=J%C3%BCrgen", "a", "Jürgen"),
            ("&a=1&&", "a", "1"),
            ("a=&b=1", "a", nil),
            ("a", "a", nil),
            ("", "a", nil),
        ] as [(String, String, String?)])
    func aParameterIsReadAsWritten(text: String, name: String, value: String?) throws {
        let parameters = try FormParameters(parsing: Array(text.utf8))
        #expect(parameters[ByteString(name)] == value.map { ByteString($0) })
    }

    @Test(
        arguments: [
            ("a=1&a=1", .repeated("a")),
            ("a=1&%61=2", .repeated("a")),
            ("a=&a=1", .repeated("a")),
            ("a=%", .malformed),
            ("a=%4", .malformed),
            ("a=%zz", .malformed),
            ("a=%00", .malformed),
            ("a=%0D%0A", .malformed),
            ("a=%C3", .malformed),
            ("a=%C0%AF", .malformed),
            (String(repeating: "a", count: 40_000), .tooLarge),
            ((0..<65).map { "a\($0)=1" }.joined(separator: "&"), .tooMany),
        ] as [(String, FormParameters.Mistake)])
    func whatTwoReadersCouldReadDifferentlyIsRefused(text: String, mistake: FormParameters.Mistake) {
        #expect(throws: mistake) { try FormParameters(parsing: Array(text.utf8)) }
    }

    @Test func encodingEscapesEverythingButUnreservedCharacters() {
        let text = FormParameters.encoded([("code", "a-._~Z9"), ("state", "x y&=+é")])
        #expect(String(decoding: text, as: UTF8.self) == "code=a-._~Z9&state=x%20y%26%3D%2B%C3%A9")
    }
}
