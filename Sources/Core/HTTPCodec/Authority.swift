package import StrictCoding

/// A host and an optional port, as in `Host` and in an absolute-form target (RFC 9110, sections 4.2 and 7.2).
///
/// Stricter than RFC 3986: a name is made of letters, digits, `.`, `-` and `_`; no percent-encoding, no user
/// information, no IP literal but IPv6, no empty host, no empty port. Nothing else has ever reached a web server in
/// good faith, and every further spelling is one more that two parsers can read differently.
package struct Authority: Hashable, Sendable {
    /// In lower case; an IPv6 address keeps its brackets.
    package let host: ByteString
    package let port: Int?

    package init(parsing text: some Sequence<UInt8>) throws(WireError) {
        let bytes = [UInt8](text)
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(WireError) in try Authority(buffer) }
    }

    init(_ text: UnsafeBufferPointer<UInt8>) throws(WireError) {
        let hostEnd = try Authority.hostEnd(in: text)
        port = try Authority.port(in: UnsafeBufferPointer(rebasing: text[hostEnd...]))
        host = ByteString(text[..<hostEnd].map { $0.lowercased })
    }

    /// Whether both name the same origin when ports left out mean `defaultPort`.
    package func matches(_ other: Authority, defaultPort: Int) -> Bool {
        host == other.host && (port ?? defaultPort) == (other.port ?? defaultPort)
    }

    private static func hostEnd(in text: UnsafeBufferPointer<UInt8>) throws(WireError) -> Int {
        // 253 is the longest name of the DNS, with a dot at its end 254.
        let limit = min(text.count, 255)
        var end = 0
        if text.first == UInt8(ascii: "[") {
            var colons = 0
            end = 1
            while end < limit,
                text[end].hexValue != nil || text[end] == UInt8(ascii: ":") || text[end] == UInt8(ascii: ".")
            {
                if text[end] == UInt8(ascii: ":") { colons += 1 }
                end += 1
            }
            guard end < limit, text[end] == UInt8(ascii: "]"), (2...8).contains(colons), end <= 46 else {
                throw .malformedHost
            }
            return end + 1
        }
        while end < limit, text[end].isLetter || text[end].isDigit || Authority.isNamePunctuation(text[end]) {
            end += 1
        }
        guard end > 0, end <= 254 else { throw .malformedHost }
        return end
    }

    private static func isNamePunctuation(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// The port in ":80", nil in "".
    private static func port(in text: UnsafeBufferPointer<UInt8>) throws(WireError) -> Int? {
        if text.isEmpty { return nil }
        guard text[0] == UInt8(ascii: ":"), (2...6).contains(text.count) else { throw .malformedHost }
        var port = 0
        for byte in text.dropFirst() {
            guard byte.isDigit else { throw .malformedHost }
            port = port * 10 + Int(byte &- 0x30)
        }
        guard (1...65535).contains(port) else { throw .malformedHost }
        return port
    }
}
