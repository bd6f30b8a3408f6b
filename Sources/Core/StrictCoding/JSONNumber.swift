/// The number production of RFC 8259, section 6.
enum JSONNumber {
    /// Longer numbers are JSON, but have no value here: converting digits costs more than reading them.
    static let convertedBytes = 64

    /// Moves `position` behind the number that begins there.
    static func skip(_ input: Span<UInt8>, _ position: inout Int) throws(JSONError) {
        if input[position] == UInt8(ascii: "-") { position += 1 }
        if position < input.count, input[position] == UInt8(ascii: "0") {
            position += 1
            if position < input.count, input[position].isASCIIDigit {
                throw JSONError(.invalidNumber, offset: position)
            }
        } else {
            try skipDigits(input, &position)
        }
        if position < input.count, input[position] == UInt8(ascii: ".") {
            position += 1
            try skipDigits(input, &position)
        }
        if position < input.count, input[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < input.count, input[position] == UInt8(ascii: "+") || input[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits(input, &position)
        }
    }

    private static func skipDigits(_ input: Span<UInt8>, _ position: inout Int) throws(JSONError) {
        guard position < input.count else { throw JSONError(.unexpectedEnd, offset: position) }
        guard input[position].isASCIIDigit else { throw JSONError(.invalidNumber, offset: position) }
        while position < input.count, input[position].isASCIIDigit { position += 1 }
    }

    /// The value of digits with an optional minus sign, when it lies within ±2^53; nil for every other spelling, `1.0`
    /// and `1e3` included.
    static func integer(_ text: ArraySlice<UInt8>) -> Int64? {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? text.dropFirst() : text
        guard digits.count <= 16 else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard digit.isASCIIDigit else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        guard value <= 1 << 53 else { return nil }
        return isNegative ? -value : value
    }

    /// The nearest finite double, or nil when there is none or the text is longer than `convertedBytes`.
    static func double(_ text: ArraySlice<UInt8>) -> Double? {
        // Times and counts, which is nearly every number that is asked for.
        if let whole = integer(text) { return Double(whole) }
        guard text.count <= convertedBytes, let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite
        else { return nil }
        return value
    }
}
