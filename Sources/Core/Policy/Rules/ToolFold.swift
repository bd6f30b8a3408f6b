import StrictCoding

/// A tool's name as a server sees it that ignores case and surrounding space.
enum ToolFold {
    static func folded(_ name: ByteString) -> ByteString {
        let space: (UInt8) -> Bool = { $0 <= 0x20 }
        guard let first = name.bytes.firstIndex(where: { !space($0) }),
            let last = name.bytes.lastIndex(where: { !space($0) })
        else { return ByteString([]) }
        return ByteString(name.bytes[first...last].asciiLowercased())
    }
}
