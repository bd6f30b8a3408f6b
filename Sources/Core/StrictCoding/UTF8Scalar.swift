/// One Unicode scalar value as it stands in UTF-8 text: its code point and how many bytes it takes.
struct UTF8Scalar {
    let codePoint: UInt32
    let length: Int

    /// C0, DEL or C1.
    var isControl: Bool {
        codePoint < 0x20 || (0x7F...0x9F).contains(codePoint)
    }

    /// Line and paragraph separators and the bidirectional controls, which make a log line show something other than it
    /// says.
    var isDeceptive: Bool {
        switch codePoint {
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension Span<UInt8> {
    /// The scalar that begins at `index`, or nil when the bytes there are not well-formed UTF-8 (Unicode 15, table 3-7:
    /// no overlong form, no surrogate, nothing above U+10FFFF).
    @inline(__always)
    func scalar(at index: Int) -> UTF8Scalar? {
        let first = self[index]
        if first < 0x80 {
            return UTF8Scalar(codePoint: UInt32(first), length: 1)
        }
        return multibyteScalar(at: index, first: first)
    }

    private func multibyteScalar(at index: Int, first: UInt8) -> UTF8Scalar? {
        let length: Int
        let second: ClosedRange<UInt8>
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        default: return nil
        }
        guard count - index >= length, second.contains(self[index + 1]) else { return nil }
        var codePoint = UInt32(first) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length {
            let byte = self[index + offset]
            guard byte & 0xC0 == 0x80 else { return nil }
            codePoint = codePoint << 6 | UInt32(byte & 0x3F)
        }
        return UTF8Scalar(codePoint: codePoint, length: length)
    }
}
