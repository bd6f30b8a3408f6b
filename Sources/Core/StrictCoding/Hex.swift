/// Lowercase hexadecimal, in which every byte string has exactly one spelling: uppercase digits do not decode.
package enum Hex {
    package static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        encode(Array(bytes))
    }

    /// Of its own, since what is generic is not specialised across modules, and every request has ids to write.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytes.count * 2) { text, count in
            for byte in bytes {
                text[count] = digit(byte >> 4)
                text[count &+ 1] = digit(byte & 0x0F)
                count &+= 2
            }
        }
    }

    /// The bytes that `text` spells, or nil for an odd length or anything but 0-9 and a-f.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            guard !character.isASCIIUppercase, let value = character.hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    /// The digit of a value below 16.
    package static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x61 + value - 10
    }
}
