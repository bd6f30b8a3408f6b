package import StrictCoding

/// Where a client may receive its codes: an https URL, or an http URL on a loopback host.
///
/// Registered and requested URIs are compared byte by byte (RFC 9700, section 2.1). The one exception is RFC 8252,
/// section 7.3: native apps get their port from the operating system, so the port of a loopback URI may differ.
package struct RedirectURI: Hashable, Sendable {
    package let text: ByteString
    /// The loopback URI without its port; nil for https.
    private let withoutPort: ByteString?

    /// Nil for any other scheme or host, and for what browsers and servers may read differently: user information,
    /// fragments, backslashes, spaces, controls and characters that must be escaped.
    package init?(_ text: ByteString) {
        guard text.count <= 2048, text.bytes.allSatisfy(Self.isPlain) else { return nil }
        self.text = text
        if let rest = Self.suffix(of: text.bytes, after: "https://") {
            guard Self.isAuthority(rest.prefix(while: Self.isAuthorityByte)) else { return nil }
            withoutPort = nil
        } else if let rest = Self.suffix(of: text.bytes, after: "http://") {
            let authority = rest.prefix(while: Self.isAuthorityByte)
            guard let host = Self.loopbackHost(of: authority) else { return nil }
            withoutPort = ByteString(Array("http://".utf8) + host + rest.dropFirst(authority.count))
        } else {
            return nil
        }
    }

    package func admits(_ requested: RedirectURI) -> Bool {
        requested.text == text || (withoutPort != nil && requested.withoutPort == withoutPort)
    }

    /// The URI with an answer added to its query.
    func carrying(_ answer: [(name: ByteString, value: ByteString)]) -> ByteString {
        let separator = UInt8(ascii: text.bytes.contains(UInt8(ascii: "?")) ? "&" : "?")
        return ByteString(text.bytes + [separator] + FormParameters.encoded(answer))
    }

    private static func suffix(of bytes: [UInt8], after prefix: StaticString) -> ArraySlice<UInt8>? {
        let prefix = ByteString("\(prefix)").bytes
        return bytes.starts(with: prefix) ? bytes.dropFirst(prefix.count) : nil
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"#\\\"<>^`{|}".utf8.contains(byte)
    }

    private static func isAuthorityByte(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: "/") && byte != UInt8(ascii: "?")
    }

    private static func isAuthority(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && !bytes.contains(UInt8(ascii: "@"))
    }

    /// The host in front of an optional port from 1 to 65535.
    private static func loopbackHost(of authority: ArraySlice<UInt8>) -> [UInt8]? {
        for host in ["127.0.0.1", "[::1]", "localhost"] where authority.starts(with: host.utf8) {
            let rest = authority.dropFirst(host.utf8.count)
            if rest.isEmpty { return Array(host.utf8) }
            let digits = rest.dropFirst()
            guard rest.first == UInt8(ascii: ":"), (1...5).contains(digits.count),
                digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                (1...65535).contains(digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
            else { return nil }
            return Array(host.utf8)
        }
        return nil
    }
}
