import StrictCoding

/// The value encoding of mirrored fields (2026-07-28, Streamable HTTP, "Value Encoding"): printable ASCII as it is, or
/// `=?base64?…?=` around padded base64 (RFC 4648, section 4) of the UTF-8 bytes, in its one canonical spelling.
enum SentinelValue {
    private static let prefix = Array("=?base64?".utf8)
    private static let suffix = Array("?=".utf8)

    /// The bytes that `value` stands for; nil when it is not a legal spelling of anything.
    static func decode(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        guard value.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }) else { return nil }
        guard value.starts(with: prefix), value.suffix(suffix.count).elementsEqual(suffix) else { return Array(value) }
        // `=?base64?=` starts and ends like a sentinel, with one `?` too few: not an encoding of anything.
        guard value.count >= prefix.count + suffix.count else { return nil }
        return decodeBase64(value.dropFirst(prefix.count).dropLast(suffix.count))
    }

    private static func decodeBase64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { return nil }
        // The other alphabet's letters would make a second spelling.
        guard !text.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }) else { return nil }
        let unpadded = text.dropLast(padding).map { byte in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        return try? Base64URL.decode(unpadded[...])
    }
}
