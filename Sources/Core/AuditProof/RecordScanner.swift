/// Moves over the bytes of a line without copying any.
struct RecordScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Whether exactly these bytes came next, which are then behind.
    mutating func skip(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        let expected = literal.utf8Start
        for index in 0..<count where bytes[position + index] != expected[index] { return false }
        position += count
        return true
    }

    mutating func take(_ count: Int) -> Range<Int>? {
        guard bytes.count - position >= count else { return nil }
        defer { position += count }
        return position..<position + count
    }

    /// A number from 0 to 2^53 without leading zeros, fraction or exponent.
    mutating func number() -> Int? {
        let start = position
        var value = 0
        while let digit = next(), digit >= 0x30, digit <= 0x39 {
            guard position - start < 16 else { return nil }
            value = value * 10 + Int(digit - 0x30)
            position += 1
        }
        let count = position - start
        guard count > 0, count == 1 || bytes[start] != 0x30, value <= CheckpointLimits.size else { return nil }
        return value
    }

    /// `2026-11-23T12:00:00.123456Z`: every part in its range.
    mutating func timestamp() -> Range<Int>? {
        guard let range = take(27) else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: bytes[range])
        let pattern: StaticString = "dddd-dd-ddTdd:dd:dd.ddddddZ"
        for index in 0..<27 {
            let expected = pattern.utf8Start[index]
            let isDigit = text[index] >= 0x30 && text[index] <= 0x39
            guard expected == UInt8(ascii: "d") ? isDigit : text[index] == expected else { return nil }
        }
        func pair(_ index: Int) -> UInt8 { (text[index] - 0x30) * 10 + text[index + 1] - 0x30 }
        guard (1...12).contains(pair(5)), (1...31).contains(pair(8)), pair(11) < 24, pair(14) < 60, pair(17) < 60
        else { return nil }
        return range
    }

    /// A name of lowercase words, at most 64 bytes; the quote after it is not taken.
    mutating func event() -> Range<Int>? {
        let start = position
        while let byte = next(), byte >= 0x61 && byte <= 0x7A || byte == 0x2E || byte == 0x5F { position += 1 }
        return (1...64).contains(position - start) ? start..<position : nil
    }

    var isAtCommaOrEnd: Bool {
        guard let byte = next() else { return false }
        return byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") && position == bytes.count - 1
    }

    private func next() -> UInt8? { position < bytes.count ? bytes[position] : nil }
}
