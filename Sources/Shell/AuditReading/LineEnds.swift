import Foundation

/// Where lines begin and end in bytes.
enum LineEnds {
    static let lineFeed = UInt8(ascii: "\n")

    /// The first line feed at or after `start`.
    @inline(__always)
    static func next(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(lineFeed), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// The last line feed before `end`.
    @inline(__always)
    static func last(in bytes: UnsafeRawBufferPointer, before end: Int) -> Int? {
        var index = end - 1
        while index >= 0, bytes[index] != lineFeed { index -= 1 }
        return index < 0 ? nil : index
    }
}
