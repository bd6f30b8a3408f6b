import StrictCoding

/// A member name as parsers that ignore case see it.
///
/// Go's `encoding/json` takes `"Method"`, and even `"ſ"` for `s` and the Kelvin sign for `k`, as the field `method`,
/// and lets the last one win: a message with both spellings would be judged by one method here and executed as another
/// there.
struct FoldedName: Hashable {
    private let bytes: [UInt8]

    /// - Parameter ignoringSeparators: whether `user_id`, `user-id`, `userId` and `user id` are one name, as they are
    ///   for frameworks that translate between naming styles.
    init(_ name: ByteString, ignoringSeparators: Bool = false) {
        var folded: [UInt8] = []
        folded.reserveCapacity(name.count)
        var rest = name.bytes[...]
        while let byte = rest.first {
            if rest.starts(with: [0xC5, 0xBF]) {  // U+017F, folds to s
                folded.append(UInt8(ascii: "s"))
                rest.removeFirst(2)
            } else if rest.starts(with: [0xE2, 0x84, 0xAA]) {  // U+212A, folds to k
                folded.append(UInt8(ascii: "k"))
                rest.removeFirst(3)
            } else if rest.starts(with: [0xC4, 0xB1]) || rest.starts(with: [0xC4, 0xB0]) {
                // U+0131 and U+0130: Java's equalsIgnoreCase takes both for i.
                folded.append(UInt8(ascii: "i"))
                rest.removeFirst(2)
            } else if byte == 0 {
                // Where strings end at NUL, so does the name.
                break
            } else if ignoringSeparators && [0x20, 0x2D, 0x2E, 0x5F].contains(byte) {
                rest.removeFirst()
            } else {
                folded.append((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte)
                rest.removeFirst()
            }
        }
        bytes = folded
    }
}
