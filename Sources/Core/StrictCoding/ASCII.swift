/// ASCII facts about one byte. Unicode case mapping has no place in protocols: U+212A KELVIN SIGN lowercases to `k`.
extension UInt8 {
    package var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
    package var isASCIIUppercase: Bool { self >= 0x41 && self <= 0x5A }
    package var isASCIILowercase: Bool { self >= 0x61 && self <= 0x7A }
    package var isASCIILetter: Bool { (self | 0x20).isASCIILowercase }
    package var isASCIIHexDigit: Bool { hexDigitValue != nil }

    /// C0 or DEL.
    package var isASCIIControl: Bool { self < 0x20 || self == 0x7F }

    /// A visible ASCII character or a space.
    var isASCIIText: Bool { self >= 0x20 && self < 0x7F }

    /// A visible ASCII character: VCHAR of RFC 5234, 0x21 to 0x7E.
    package var isVisibleASCII: Bool { self > 0x20 && self < 0x7F }

    package var asciiLowercased: UInt8 { isASCIIUppercase ? self | 0x20 : self }
    package var asciiUppercased: UInt8 { isASCIILowercase ? self & 0xDF : self }

    /// A character of an HTTP token (RFC 9110, section 5.6.2).
    package var isTchar: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
    }

    /// The value of a hexadecimal digit of either case.
    package var hexDigitValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension Collection<UInt8> {
    /// The bytes with A-Z as a-z and all else untouched.
    package func asciiLowercased() -> [UInt8] {
        map(\.asciiLowercased)
    }

    /// Equality with a literal whose letters are lowercase, with A-Z taken as a-z.
    package func equalsIgnoringASCIICase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        let expected = UnsafeBufferPointer(start: lowercase.utf8Start, count: lowercase.utf8CodeUnitCount)
        return zip(self, expected).allSatisfy { $0.asciiLowercased == $1 }
    }
}

// Asked several times of every field of every request. What is generic is not specialised across modules, and then
// costs a hundred times as much.
extension ArraySlice<UInt8> {
    package func equalsIgnoringASCIICase(_ lowercase: StaticString) -> Bool {
        span.equalsIgnoringASCIICase(lowercase)
    }
}

extension [UInt8] {
    package func equalsIgnoringASCIICase(_ lowercase: StaticString) -> Bool {
        span.equalsIgnoringASCIICase(lowercase)
    }
}

private extension Span<UInt8> {
    func equalsIgnoringASCIICase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        for index in indices where self[index].asciiLowercased != lowercase.utf8Start[index] { return false }
        return true
    }
}

extension ArraySlice<UInt8> {
    /// Whether `part` occurs in these bytes; nothing occurs in anything.
    package func contains(subsequence part: [UInt8]) -> Bool {
        guard let first = part.first, count >= part.count else { return false }
        var index = startIndex
        while let start = self[index...].firstIndex(of: first) {
            if self[start...].starts(with: part) { return true }
            index = start + 1
        }
        return false
    }

    /// Without optional white space (RFC 9110, section 5.6.3) at either end.
    package func trimmingSpacesAndTabs() -> ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, first == 0x20 || first == 0x09 { slice.removeFirst() }
        while let last = slice.last, last == 0x20 || last == 0x09 { slice.removeLast() }
        return slice
    }
}
