extension [UInt8] {
    /// Appends a string with its quotes, written as `JSONWriter` says.
    package mutating func append(jsonString text: Span<UInt8>) {
        append(UInt8(ascii: "\""))
        var index = 0
        while index < text.count {
            let end = text.endOfPlainText(from: index)
            text.extracting(index..<end).withUnsafeBufferPointer { append(contentsOf: $0) }
            index = end
            guard index < text.count else { break }
            guard let scalar = text.scalar(at: index) else {
                append(contentsOf: [0xEF, 0xBF, 0xBD])
                index += 1
                continue
            }
            if scalar.codePoint == 0x22 || scalar.codePoint == 0x5C {
                append(UInt8(ascii: "\\"))
                append(text[index])
            } else if scalar.isControl || scalar.isDeceptive {
                append(escaped: scalar.codePoint)
            } else {
                for offset in index..<index + scalar.length { append(text[offset]) }
            }
            index += scalar.length
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func append(escaped codePoint: UInt32) {
        append(UInt8(ascii: "\\"))
        append(UInt8(ascii: "u"))
        for shift in [12, 8, 4, 0] as [UInt32] {
            append(Hex.digit(UInt8(codePoint >> shift & 0x0F)))
        }
    }
}

extension Span<UInt8> {
    /// Where the visible ASCII that needs no escape ends, which is nearly all that is ever read or written.
    func endOfPlainText(from start: Int) -> Int {
        var index = start
        withUnsafeBytes { bytes in
            while bytes.count &- index >= 8, Self.isPlain(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) {
                index &+= 8
            }
        }
        while index < count, self[index].isASCIIText, self[index] != 0x22, self[index] != 0x5C { index += 1 }
        return index
    }

    /// Whether eight bytes are all such.
    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones &* 0x80
        // In bytes below 0x80: the first one that is below 0x20, is 0x7F, or is equal, shows in its top bit; what it
        // carries into those after it can only add to the complaint.
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let special = (word &- ones &* 0x20) | (word &+ ones) | (quote &- ones) | (backslash &- ones)
        return (word | special) & tops == 0
    }
}
