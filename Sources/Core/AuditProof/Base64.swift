import StrictCoding

/// Base64 with padding (RFC 4648, section 4) in which every byte string has exactly one spelling, as notes have it.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text = Base64URL.encode(bytes)
        for index in text.indices {
            switch text[index] {
            case UInt8(ascii: "-"): text[index] = UInt8(ascii: "+")
            case UInt8(ascii: "_"): text[index] = UInt8(ascii: "/")
            default: break
            }
        }
        while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        return text
    }

    /// Nil for white space, missing or superfluous padding, unused bits that are not zero.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var letters = text
        if letters.last == UInt8(ascii: "=") { letters.removeLast() }
        if letters.last == UInt8(ascii: "="), letters.count < text.count { letters.removeLast() }
        var translated = Array(letters)
        for index in translated.indices {
            switch translated[index] {
            case UInt8(ascii: "+"): translated[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): translated[index] = UInt8(ascii: "_")
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: break
            }
        }
        return try? Base64URL.decode(translated)
    }
}
