package import StrictCoding

/// An IP address in its one accepted spelling: dotted decimal without leading zeros, or RFC 5952 for version 6.
///
/// `0x7f000001`, `127.1`, `::ffff:127.0.0.1` and zone identifiers are no addresses here: other software reads them
/// differently.
package enum IPAddress: Hashable, Sendable {
    /// Four bytes.
    case v4([UInt8])
    /// Sixteen bytes.
    case v6([UInt8])

    package init?(v4 text: some Sequence<UInt8>) {
        var octets: [UInt8] = []
        for part in Array(text).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard octets.count < 4, let octet = DecimalNumber.parse(part, atMost: 255) else { return nil }
            octets.append(UInt8(octet))
        }
        guard octets.count == 4 else { return nil }
        self = .v4(octets)
    }

    /// `text` is without brackets.
    package init?(v6 text: some Sequence<UInt8>) {
        let text = Array(text)
        guard text.count <= 39, let bytes = Self.groups(of: text) else { return nil }
        let address = IPAddress.v6(bytes)
        guard address.text.bytes == text else { return nil }
        self = address
    }

    /// 127.0.0.0/8 and ::1.
    package var isLoopback: Bool {
        switch self {
        case .v4(let bytes): bytes[0] == 127
        case .v6(let bytes): bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
        }
    }

    /// 0.0.0.0 and ::, which as a listening address mean all interfaces.
    package var isUnspecified: Bool {
        switch self {
        case .v4(let bytes), .v6(let bytes): bytes.allSatisfy { $0 == 0 }
        }
    }

    /// Without brackets.
    package var text: ByteString {
        switch self {
        case .v4(let bytes): ByteString(bytes.map { String($0) }.joined(separator: "."))
        case .v6(let bytes): ByteString(Self.text(ofGroups: bytes))
        }
    }

    private static func groups(of text: [UInt8]) -> [UInt8]? {
        let colon = UInt8(ascii: ":")
        let gap = text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
        guard let gap else {
            guard let groups = groups(in: text[...]), groups.count == 16 else { return nil }
            return groups
        }
        guard let head = groups(in: text[..<gap]), let tail = groups(in: text[(gap + 2)...]),
            head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(in text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        guard !text.isEmpty else { return bytes }
        for group in text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            guard (1...4).contains(group.count), bytes.count < 16 else { return nil }
            var value: UInt16 = 0
            for digit in group {
                guard let nibble = digit.hexDigitValue else { return nil }
                value = value << 4 | UInt16(nibble)
            }
            bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
        }
        return bytes
    }

    /// RFC 5952, section 4: lowercase, no leading zeros, the first longest run of two or more zero groups shortened.
    private static func text(ofGroups bytes: [UInt8]) -> String {
        let groups = (0..<8).map { UInt16(bytes[$0 * 2]) << 8 | UInt16(bytes[$0 * 2 + 1]) }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            let end = groups[start...].firstIndex { $0 != 0 } ?? 8
            if end - start > longest.count { longest = start..<end }
            start = end + 1
        }
        let spelled = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard longest.count > 1 else { return spelled(groups[...]) }
        return "\(spelled(groups[..<longest.lowerBound]))::\(spelled(groups[longest.upperBound...]))"
    }
}
