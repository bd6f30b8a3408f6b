import HTTPCodec
import StrictCoding

extension FieldBlock {
    /// Whether the name would be read as `name` by a server that folds case and separators. Asked of every field of every
    /// call, for which most names tell by their length.
    func isLookAlike(at index: Int, of name: ByteString) -> Bool {
        withName(at: index) { own in
            guard own.count == name.count else { return false }
            return LookAlike.canonical.withUnsafeBufferPointer { canonical in
                for index in 0..<own.count where canonical[Int(own[index])] != canonical[Int(name.bytes[index])] {
                    return false
                }
                return true
            }
        }
    }
}

private enum LookAlike {
    /// What `FieldNames` takes each octet for.
    static let canonical = FieldNames.canonical(Array(UInt8.min...UInt8.max))
}
