internal import StrictCoding

extension ByteString {
    /// A peer's text, fit for an error message: printable ASCII, no quotes or backslashes, at most 80 characters.
    var quotable: String {
        String(
            decoding: bytes.prefix(80).map { byte in
                (0x20...0x7E).contains(byte) && !"\"\\`".utf8.contains(byte) ? byte : UInt8(ascii: "?")
            }, as: UTF8.self)
    }
}
