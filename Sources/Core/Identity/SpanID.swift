package import StrictCoding

/// The id of one call of ours within its trace (W3C Trace Context, `parent-id`): 8 random bytes, not all zero. What is
/// called finds it in `traceparent`, an auditor in the records of the call.
package struct SpanID: Hashable, Sendable {
    package static let randomBytes = 8

    private let bits: UInt64

    /// - Parameter random: `randomBytes` fresh bytes.
    package init(random: ArraySlice<UInt8>) {
        precondition(random.count == Self.randomBytes, "a span id has \(Self.randomBytes) bytes")
        let bits = random.reduce(0) { $0 << 8 | UInt64($1) }
        // All zeros means "no span", so chance must not produce it.
        self.bits = bits == 0 ? 1 : bits
    }

    /// 16 lower-case hexadecimal digits.
    package var text: ByteString {
        var digits: [UInt8] = []
        write(to: &digits)
        return ByteString(digits)
    }

    /// Appends the digits.
    func write(to text: inout [UInt8]) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            text.append(Hex.digit(UInt8(truncatingIfNeeded: bits >> shift & 0x0F)))
        }
    }
}
