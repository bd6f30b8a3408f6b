package import StrictCoding

/// Fields joined so that no two lists of fields give the same bytes.
package struct LengthPrefixed {
    /// A label, a zero byte, then each field after its length in four bytes, most significant first.
    package private(set) var bytes: [UInt8] = []

    package init(_ label: StaticString) {
        bytes.reserveCapacity(512)
        bytes.append(contentsOf: UnsafeBufferPointer(start: label.utf8Start, count: label.utf8CodeUnitCount))
        bytes.append(0)
    }

    package mutating func add(_ field: ByteString) {
        addLength(field.count)
        bytes.append(contentsOf: field.bytes)
    }

    /// The UTF-8 bytes of `field`.
    package mutating func add(_ field: String) {
        addLength(field.utf8.count)
        bytes.append(contentsOf: field.utf8)
    }

    package static func bytes(_ label: StaticString, _ fields: [ByteString]) -> [UInt8] {
        var joined = LengthPrefixed(label)
        for field in fields { joined.add(field) }
        return joined.bytes
    }

    private mutating func addLength(_ count: Int) {
        withUnsafeBytes(of: UInt32(count).bigEndian) { bytes.append(contentsOf: $0) }
    }
}
