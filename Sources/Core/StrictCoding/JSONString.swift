/// The string production of RFC 8259, section 7.
enum JSONString {
    /// Moves `position` from the opening quote to behind the closing one. Returns whether the string holds an escape.
    static func skip(_ input: Span<UInt8>, _ position: inout Int) throws(JSONError) -> Bool {
        var isEscaped = false
        var index = position + 1
        while true {
            index = input.endOfPlainText(from: index)
            guard index < input.count else { throw JSONError(.unexpectedEnd, offset: index) }
            switch input[index] {
            case UInt8(ascii: "\""):
                position = index + 1
                return isEscaped
            case UInt8(ascii: "\\"):
                isEscaped = true
                index += try escape(input, index).length
            case 0..<0x20:
                throw JSONError(.controlCharacter, offset: index)
            case 0..<0x80:
                index += 1
            default:
                guard let scalar = input.scalar(at: index) else { throw JSONError(.invalidUTF8, offset: index) }
                index += scalar.length
            }
        }
    }

    /// The text of a string that `skip` accepted, without its quotes.
    static func unescaped(_ input: Span<UInt8>) -> ByteString {
        var text: [UInt8] = []
        text.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            guard input[index] == UInt8(ascii: "\\") else {
                text.append(input[index])
                index += 1
                continue
            }
            guard let (codePoint, length) = try? escape(input, index), let scalar = Unicode.Scalar(codePoint) else {
                preconditionFailure("the tape names a string that was not checked")
            }
            text.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
            index += length
        }
        return ByteString(text)
    }

    /// The scalar that the escape at `index` stands for, and its length in bytes: 2, 6, or 12 for a surrogate pair.
    private static func escape(_ input: Span<UInt8>, _ index: Int) throws(JSONError) -> (codePoint: UInt32, length: Int)
    {
        guard index + 1 < input.count else { throw JSONError(.unexpectedEnd, offset: input.count) }
        switch input[index + 1] {
        case UInt8(ascii: "\""): return (0x22, 2)
        case UInt8(ascii: "\\"): return (0x5C, 2)
        case UInt8(ascii: "/"): return (0x2F, 2)
        case UInt8(ascii: "b"): return (0x08, 2)
        case UInt8(ascii: "f"): return (0x0C, 2)
        case UInt8(ascii: "n"): return (0x0A, 2)
        case UInt8(ascii: "r"): return (0x0D, 2)
        case UInt8(ascii: "t"): return (0x09, 2)
        case UInt8(ascii: "u"): break
        default: throw JSONError(.invalidEscape, offset: index)
        }
        let unit = try codeUnit(input, index + 2)
        switch unit {
        case 0xDC00...0xDFFF:
            throw JSONError(.loneSurrogate, offset: index)
        case 0xD800...0xDBFF:
            guard index + 7 < input.count, input[index + 6] == UInt8(ascii: "\\"),
                input[index + 7] == UInt8(ascii: "u"),
                case let low = try codeUnit(input, index + 8), 0xDC00...0xDFFF ~= low
            else { throw JSONError(.loneSurrogate, offset: index) }
            return (0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00), 12)
        default:
            return (unit, 6)
        }
    }

    private static func codeUnit(_ input: Span<UInt8>, _ index: Int) throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for offset in index..<index + 4 {
            guard offset < input.count else { throw JSONError(.unexpectedEnd, offset: input.count) }
            guard let digit = input[offset].hexDigitValue else { throw JSONError(.invalidEscape, offset: offset) }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }
}
