/// Searches that look at eight octets at a time, in ordinary registers: a head is mostly field values, and most of
/// their octets are nothing special.
enum Scan {
    /// The index of the first octet that cannot stand in a field value: a control octet other than tab; or `end`.
    @inline(__always)
    static func valueEnd(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        let raw = UnsafeRawPointer(bytes)
        var at = start
        while end &- at >= 16 {
            let first = innocents(in: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let second = innocents(in: raw.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self))
            if ~(first & second) & tops == 0 {
                at &+= 16
                continue
            }
            let low = ~UInt64(littleEndian: first) & tops
            let high = ~UInt64(littleEndian: second) & tops
            at &+= low != 0 ? low.trailingZeroBitCount &>> 3 : 8 &+ high.trailingZeroBitCount &>> 3
            if bytes[at] != 0x09 { return at }
            at &+= 1
        }
        while at < end, !bytes[at].isForbiddenInValue { at &+= 1 }
        return at
    }

    /// The index of the first octet that cannot stand in a token; or `end`.
    @inline(__always)
    static func tokenEnd(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        let raw = UnsafeRawPointer(bytes)
        var at = start
        while end &- at >= 8 {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let others = ~lettersAndDashes(in: word) & tops
            if others == 0 {
                at &+= 8
                continue
            }
            at &+= others.trailingZeroBitCount &>> 3
            if !bytes[at].isToken { return at }
            at &+= 1
        }
        while at < end, bytes[at].isToken { at &+= 1 }
        return at
    }

    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var tops: UInt64 { 0x8080_8080_8080_8080 }

    /// The top bit of each octet tells whether that octet is neither below 0x20 nor 0x7f; the other bits mean nothing.
    ///
    /// For an octet below 0x80: adding 1 within seven bits turns the controls, 0x00-0x1f and 0x7f, into 0x00-0x20, and
    /// adding 0x5f carries all others, and only them, into the top bit. No sum reaches into the next octet.
    @inline(__always)
    private static func innocents(in word: UInt64) -> UInt64 {
        let next = (word & ~tops) &+ ones
        let carried = (next & ~tops) &+ ones &* 0x5f
        return carried | word
    }

    /// The top bit of each octet tells whether that octet is a letter or `-`; the other bits mean nothing.
    @inline(__always)
    private static func lettersAndDashes(in word: UInt64) -> UInt64 {
        let low = word & ~tops
        let lowercase = low | ones &* 0x20
        let fromA = lowercase &+ ones &* 0x1f
        let beyondZ = lowercase &+ ones &* 0x05
        let notDash = (low ^ (ones &* 0x2d)) &+ ones &* 0x7f
        return ((fromA & ~beyondZ) | ~notDash) & ~word
    }
}
