package import StrictCoding

/// Fields joined so that no two lists of fields give the same bytes.
package enum LengthPrefixed {
    /// `label`, then each field after its length in four bytes, most significant first.
    package static func bytes(_ label: StaticString, _ fields: [ByteString]) -> [UInt8] {
        var bytes = Array("\(label)".utf8)
        bytes.append(0)
        for field in fields {
            let count = UInt32(field.count)
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
            bytes.append(contentsOf: field.bytes)
        }
        return bytes
    }
}
