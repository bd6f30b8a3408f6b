package import StrictCoding

/// Universally unique, lexicographically sortable identifiers: 48 bits of milliseconds and 80 random bits in 26
/// characters of Crockford's base 32. Sorting by bytes sorts by time of making, to the millisecond.
package enum ULID {
    package static let randomBytes = 10
    package static let characters = 26

    /// `milliseconds` since 1970, from 0 to 2^48 - 1; `random` holds 10 fresh bytes.
    package static func make(milliseconds: Int64, random: [UInt8]) -> ByteString {
        precondition(random.count == randomBytes, "a ULID takes ten random bytes")
        precondition(milliseconds >= 0 && milliseconds < 1 << 48, "a ULID counts 48 bits of milliseconds")
        var value = UInt128(UInt64(milliseconds))
        for byte in random { value = value << 8 | UInt128(byte) }
        var text = [UInt8](repeating: 0, count: characters)
        var index = characters
        while index > 0 {
            index -= 1
            text[index] = letters.utf8Start[Int(truncatingIfNeeded: value & 31)]
            value >>= 5
        }
        return ByteString(text)
    }

    private static let letters: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
}
