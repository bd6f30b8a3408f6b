package import StrictCoding

/// The host of a URL: a lower-case DNS name or an IP literal, never something that another parser might take for an
/// address.
package enum URLHost: Hashable, Sendable {
    case name(ByteString)
    case address(IPAddress)

    /// `text` is as in a URL: a version 6 literal has brackets.
    package init?(_ text: ArraySlice<UInt8>) {
        if text.first == UInt8(ascii: "[") {
            guard text.last == UInt8(ascii: "]"), let address = IPAddress(v6: text.dropFirst().dropLast()) else {
                return nil
            }
            self = .address(address)
        } else if let address = IPAddress(v4: text) {
            self = .address(address)
        } else {
            guard Self.isName(text) else { return nil }
            self = .name(ByteString(Array(text)))
        }
    }

    /// A loopback literal, or `localhost`, which RFC 6761 (section 6.3) keeps on this machine.
    package var isLoopback: Bool {
        switch self {
        case .name(let name): name == "localhost"
        case .address(let address): address.isLoopback
        }
    }

    /// What a resolver or socket wants: no brackets.
    package var text: ByteString {
        switch self {
        case .name(let name): name
        case .address(let address): address.text
        }
    }

    /// What a URL or a Host field wants: a version 6 literal in brackets.
    package var bracketed: ByteString {
        guard case .address(.v6) = self else { return text }
        return ByteString("[\(text.string)]")
    }

    /// RFC 1123 host names. A last label that begins with a digit is refused, because browsers and resolvers read such
    /// names as numbers (`0x7f000001`, `127.1`).
    private static func isName(_ text: ArraySlice<UInt8>) -> Bool {
        guard (1...253).contains(text.count) else { return false }
        let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let hyphen = UInt8(ascii: "-")
        for label in labels {
            guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen,
                label.allSatisfy({ $0.isASCIILowercase || $0.isASCIIDigit || $0 == hyphen })
            else { return false }
        }
        return labels.last?.first?.isASCIILowercase ?? false
    }
}
