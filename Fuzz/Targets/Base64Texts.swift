import StrictCoding

/// base64url and hexadecimal: one spelling for every byte string.
enum Base64Texts {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        if let bytes = try? Base64URL.decode(input) {
            try promise(Base64URL.encode(bytes) == input, "two spellings of one byte string: \(input.shown)")
        }
        let text = Base64URL.encode(input)
        try promise(text.count == Base64URL.encodedCount(input.count), "another length than announced")
        try promise((try? Base64URL.decode(text)) == input, "decoded, it is something else")
        // In a slice, as tokens are read.
        let padded = [UInt8(ascii: ".")] + text + [UInt8(ascii: ".")]
        try promise((try? Base64URL.decode(padded.dropFirst().dropLast())) == input, "a slice is read differently")
        if !text.isEmpty { try promise((try? Base64URL.decode(text + [0x3D])) == nil, "padding was accepted") }

        if let bytes = Hex.decode(input) { try promise(Hex.encode(bytes) == input, "two spellings: \(input.shown)") }
        try promise(Hex.decode(Hex.encode(input)) == input, "hexadecimal digits of something else")
    }
}
