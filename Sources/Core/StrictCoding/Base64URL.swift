/// Why a text is not canonical unpadded base64url.
package enum Base64URLError: Error, Equatable {
    /// No byte string has an encoding of this length (one more than a multiple of four).
    case impossibleLength
    /// The byte at this offset is not one of `A-Z a-z 0-9 - _`; padding and white space count as such.
    case unexpectedByte(offset: Int)
    /// The unused bits of the last character are not zero, so another spelling of the same bytes exists.
    case trailingBits
}

/// Unpadded base64url (RFC 4648, section 5; RFC 7515, section 2) in which every byte string has exactly one spelling.
package enum Base64URL {
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        encode(bytes.span)
    }

    package static func encode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        encode(bytes.span)
    }

    package static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
        bytes.withUnsafeBufferPointer { bytes in
            [UInt8](unsafeUninitializedCapacity: encodedCount(bytes.count)) { text, count in
                count = encode(bytes, to: text)
            }
        }
    }

    /// Writes the characters to `output`, which has room for them, and says how many they are.
    private static func encode(_ bytes: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>) -> Int
    {
        precondition(output.count >= encodedCount(bytes.count), "there is room for every character")
        let letters = alphabet.utf8Start
        var source = 0
        var target = 0
        pairs.withUnsafeBufferPointer { pairs in
            let room = UnsafeMutableRawBufferPointer(output)
            while bytes.count &- source >= 3 {
                let word = Int(bytes[source]) << 16 | Int(bytes[source &+ 1]) << 8 | Int(bytes[source &+ 2])
                room.storeBytes(of: pairs[word >> 12], toByteOffset: target, as: UInt16.self)
                room.storeBytes(of: pairs[word & 0xFFF], toByteOffset: target &+ 2, as: UInt16.self)
                source &+= 3
                target &+= 4
            }
        }
        switch bytes.count &- source {
        case 1:
            output[target] = letters[Int(bytes[source]) >> 2]
            output[target &+ 1] = letters[Int(bytes[source]) << 4 & 63]
            return target &+ 2
        case 2:
            let word = Int(bytes[source]) << 8 | Int(bytes[source &+ 1])
            output[target] = letters[word >> 10]
            output[target &+ 1] = letters[word >> 4 & 63]
            output[target &+ 2] = letters[word << 2 & 63]
            return target &+ 3
        default:
            return target
        }
    }

    /// The number of characters that `count` bytes encode to.
    package static func encodedCount(_ count: Int) -> Int {
        (count * 4 + 2) / 3
    }

    package static func decode(_ text: [UInt8]) throws(Base64URLError) -> [UInt8] {
        try decode(text.span)
    }

    package static func decode(_ text: ArraySlice<UInt8>) throws(Base64URLError) -> [UInt8] {
        try decode(text.span)
    }

    package static func decode(_ text: ByteString) throws(Base64URLError) -> [UInt8] {
        try decode(text.bytes.span)
    }

    package static func decode(_ text: Span<UInt8>) throws(Base64URLError) -> [UInt8] {
        guard text.count % 4 != 1 else { throw .impossibleLength }
        var bytes = [UInt8](repeating: 0, count: text.count * 3 / 4)
        var output = bytes.mutableSpan
        let values = values.span
        var source = 0
        var target = 0
        while text.count - source >= 4 {
            let word =
                UInt32(values[Int(text[source])]) << 18 | UInt32(values[Int(text[source + 1])]) << 12
                | UInt32(values[Int(text[source + 2])]) << 6 | UInt32(values[Int(text[source + 3])])
            let all =
                values[Int(text[source])] | values[Int(text[source + 1])] | values[Int(text[source + 2])]
                | values[Int(text[source + 3])]
            guard all < 64 else { throw unexpectedByte(text, from: source) }
            output[target] = UInt8(truncatingIfNeeded: word >> 16)
            output[target + 1] = UInt8(truncatingIfNeeded: word >> 8)
            output[target + 2] = UInt8(truncatingIfNeeded: word)
            source += 4
            target += 3
        }
        var bits: UInt32 = 0
        for offset in source..<text.count {
            guard values[Int(text[offset])] < 64 else { throw .unexpectedByte(offset: offset) }
            bits = bits << 6 | UInt32(values[Int(text[offset])])
        }
        switch text.count - source {
        case 2:
            output[target] = UInt8(truncatingIfNeeded: bits >> 4)
            guard bits & 0x0F == 0 else { throw .trailingBits }
        case 3:
            output[target] = UInt8(truncatingIfNeeded: bits >> 10)
            output[target + 1] = UInt8(truncatingIfNeeded: bits >> 2)
            guard bits & 0x03 == 0 else { throw .trailingBits }
        default:
            break
        }
        return bytes
    }

    private static func unexpectedByte(_ text: Span<UInt8>, from start: Int) -> Base64URLError {
        let offset = (start..<text.count).first { values[Int(text[$0])] > 63 }
        return .unexpectedByte(offset: offset ?? start)
    }

    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    /// The two characters of twelve bits, as they lie in memory.
    private static let pairs: [UInt16] = (0..<4_096).map { bits in
        let (first, second) = (alphabet.utf8Start[bits >> 6], alphabet.utf8Start[bits & 63])
        return UInt16(littleEndian: UInt16(first) | UInt16(second) << 8)
    }

    /// The six bits of each character; 255 for a byte outside the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for value in 0..<64 { values[Int(alphabet.utf8Start[value])] = UInt8(value) }
        return values
    }()
}
