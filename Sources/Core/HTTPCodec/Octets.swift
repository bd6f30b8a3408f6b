/// Byte tests and byte-string helpers for the inner loops: no table in memory, no allocation, no `String`.
///
/// `tchar` of RFC 9110, section 5.6.2, as two 64-bit sets: octets 0-63 and 64-127.
private let tokensBelow64: UInt64 = 0x03ff_6cfa_0000_0000
private let tokensFrom64: UInt64 = 0x57ff_ffff_c7ff_fffe

extension UInt8 {
    /// `tchar`: an octet that may stand in a method or field name.
    @inline(__always)
    var isToken: Bool {
        self < 0x80 && ((self < 64 ? tokensBelow64 : tokensFrom64) &>> UInt64(self & 63)) & 1 != 0
    }

    /// OWS: space or horizontal tab.
    @inline(__always)
    var isOptionalSpace: Bool { self == 0x20 || self == 0x09 }

    /// A control octet other than horizontal tab; such an octet cannot stand in a field value.
    @inline(__always)
    var isForbiddenInValue: Bool { (self < 0x20 && self != 0x09) || self == 0x7f }

    /// VCHAR of RFC 5234: 0x21 to 0x7e.
    @inline(__always)
    var isVisible: Bool { self &- 0x21 < 0x5e }

    @inline(__always)
    var isDigit: Bool { self &- 0x30 < 10 }

    @inline(__always)
    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }

    /// The octet with A-Z, and nothing else, mapped to a-z.
    @inline(__always)
    var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// 0 to 15 for a hexadecimal digit of either case.
    @inline(__always)
    var hexValue: UInt8? {
        if isDigit { return self &- 0x30 }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Equal octet by octet.
    @inline(__always)
    func equals(_ other: StaticString) -> Bool {
        guard count == other.utf8CodeUnitCount else { return false }
        let text = other.utf8Start
        for index in 0..<count where self[index] != text[index] { return false }
        return true
    }

    /// Equal where A-Z count as a-z; `lowercase` is written in lower case.
    @inline(__always)
    func equalsIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        let text = lowercase.utf8Start
        for index in 0..<count where self[index].lowercased != text[index] { return false }
        return true
    }

    /// Without spaces and tabs at both ends.
    var trimmingOptionalSpace: UnsafeBufferPointer<UInt8> {
        var start = 0
        var end = count
        while start < end, self[start].isOptionalSpace { start &+= 1 }
        while end > start, self[end &- 1].isOptionalSpace { end &-= 1 }
        return UnsafeBufferPointer(rebasing: self[start..<end])
    }

    /// Calls `body` with each element of a comma-separated list (RFC 9110, section 5.6.1), trimmed, empty ones left
    /// out.
    @inline(__always)
    func forEachListElement<Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        var start = 0
        while start <= count {
            var end = start
            while end < count, self[end] != UInt8(ascii: ",") { end &+= 1 }
            let element = UnsafeBufferPointer(rebasing: self[start..<end]).trimmingOptionalSpace
            if !element.isEmpty { try body(element) }
            start = end &+ 1
        }
    }

    /// Whether this is not empty and visible ASCII throughout.
    var isVisibleString: Bool {
        guard !isEmpty else { return false }
        for byte in self where !byte.isVisible { return false }
        return true
    }

    /// Whether no octet is one that cannot stand in a field value.
    var isPlainValue: Bool {
        guard let start = baseAddress else { return true }
        return Scan.valueEnd(start, from: 0, to: count) == count
    }

    /// Whether this is a non-empty token.
    var isTokenString: Bool {
        guard !isEmpty else { return false }
        for byte in self where !byte.isToken { return false }
        return true
    }
}

extension [UInt8] {
    init(staticBytes text: StaticString) {
        self.init(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a number in decimal, without leading zeros.
    mutating func append(decimal number: Int) {
        append(digitsOf: number, radix: 10)
    }

    /// Appends a number in lower-case hexadecimal, without leading zeros.
    mutating func append(hexadecimal number: Int) {
        append(digitsOf: number, radix: 16)
    }

    @inline(__always)
    private mutating func append(digitsOf number: Int, radix: UInt) {
        precondition(number >= 0, "lengths are not negative")
        let number = UInt(number)
        var weight: UInt = 1
        while number / weight >= radix { weight *= radix }
        while weight > 0 {
            let digit = UInt8(truncatingIfNeeded: number / weight % radix)
            append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
            weight /= radix
        }
    }
}

/// Lends the octets of any collection; copies them only where they do not lie in one piece.
@inline(__always)
func withOctets<Result>(
    of octets: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
) -> Result {
    if let result = octets.withContiguousStorageIfAvailable(body) { return result }
    return [UInt8](octets).withUnsafeBufferPointer(body)
}
