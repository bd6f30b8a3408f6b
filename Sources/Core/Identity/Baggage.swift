package import StrictCoding

/// W3C Baggage that is passed on without anything that reads like identity: baggage reaches every third party that a
/// server calls.
package enum Baggage {
    /// More members or bytes than the specification asks every participant to carry; the rest is dropped.
    package static let mostMembers = 64
    package static let mostBytes = 8192

    /// Keys that begin so are dropped, in any case and percent-encoded or not, since receivers decode keys.
    private static let identity = ["eie", "enduser", "user"].map { Array($0.utf8) }

    /// The value to send on for the values of all `baggage` fields in order; empty when nothing remains. Malformed
    /// members are dropped.
    package static func filtered(_ fields: [ArraySlice<UInt8>]) -> ByteString {
        var bytes: [UInt8] = []
        var count = 0
        for field in fields {
            for part in field.split(separator: UInt8(ascii: ",")) {
                let member = part.trimmingSpacesAndTabs()
                guard isHarmless(member) else { continue }
                guard count < mostMembers, bytes.count + member.count + 1 <= mostBytes else { return ByteString(bytes) }
                if count > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: member)
                count += 1
            }
        }
        return ByteString(bytes)
    }

    private static func isHarmless(_ member: ArraySlice<UInt8>) -> Bool {
        guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return false }
        let key = member[..<equals].trimmingSpacesAndTabs()
        guard !key.isEmpty, key.allSatisfy(\.isTchar), let name = decoded(key) else { return false }
        guard
            member[equals...].allSatisfy({ ($0.isVisibleASCII && $0 != 0x22 && $0 != 0x5C) || $0 == 0x20 || $0 == 0x09 }
            )
        else {
            return false
        }
        // A receiver that decodes a key may trim it as well.
        let shown = name.drop { $0 <= 0x20 || $0 == 0x7F }
        return !identity.contains { shown.starts(with: $0) }
    }

    /// The key in lower case without percent-encoding; nil when it is malformed, or encoded more often than anyone
    /// decodes it.
    private static func decoded(_ key: ArraySlice<UInt8>) -> [UInt8]? {
        var name = Array(key)
        for _ in 0..<2 {
            guard let plain = percentDecoded(name) else { return nil }
            name = plain
        }
        return name.contains(UInt8(ascii: "%")) ? nil : name.asciiLowercased()
    }

    private static func percentDecoded(_ text: [UInt8]) -> [UInt8]? {
        guard text.contains(UInt8(ascii: "%")) else { return text }
        var plain: [UInt8] = []
        var index = 0
        while index < text.count {
            guard text[index] == UInt8(ascii: "%") else {
                plain.append(text[index])
                index += 1
                continue
            }
            guard index + 2 < text.count, let high = text[index + 1].hexDigitValue,
                let low = text[index + 2].hexDigitValue
            else {
                return nil
            }
            plain.append(high << 4 | low)
            index += 3
        }
        return plain
    }
}
