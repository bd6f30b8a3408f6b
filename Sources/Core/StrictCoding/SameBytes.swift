/// Equality byte by byte, told eight bytes at a time.
extension UnsafeRawBufferPointer {
    /// Whether these bytes are those of `other`, of which there are as many.
    @inline(__always)
    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        precondition(count == other.count, "texts of one length are compared")
        var at = 0
        while count &- at >= 8 {
            let word = loadUnaligned(fromByteOffset: at, as: UInt64.self)
            guard word == other.loadUnaligned(fromByteOffset: at, as: UInt64.self) else { return false }
            at &+= 8
        }
        while at < count {
            guard self[at] == other[at] else { return false }
            at &+= 1
        }
        return true
    }
}

extension Span<UInt8> {
    /// Byte equality with a literal.
    func equals(_ literal: StaticString) -> Bool {
        equals(literal, in: 0..<count)
    }

    /// Byte equality of a part with a literal.
    @inline(__always)
    func equals(_ literal: StaticString, in range: Range<Int>) -> Bool {
        guard range.count == literal.utf8CodeUnitCount else { return false }
        let expected = UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        return extracting(range).withUnsafeBytes { $0.hasSameBytes(as: expected) }
    }
}
