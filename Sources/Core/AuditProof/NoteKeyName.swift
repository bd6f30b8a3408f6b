import StrictCoding

/// What a key of notes is known by: a name and four bytes (C2SP signed-note).
package enum NoteKeyName {
    package static let limit = 1024

    /// UTF-8 without white space, control characters or plus.
    package static func isValid(_ name: ArraySlice<UInt8>) -> Bool {
        guard ByteString(name).isPlainText(limit: limit), !name.contains(UInt8(ascii: "+")),
            let text = String(validating: name, as: UTF8.self)
        else { return false }
        return !text.unicodeScalars.contains { $0.properties.isWhitespace }
    }

    /// The first four bytes of SHA-256(name || 0x0A || type || public key).
    static func id(name: [UInt8], typedKey: [UInt8]) -> UInt32 {
        Digest(of: name + [0x0A] + typedKey).bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func bytes(_ id: UInt32) -> [UInt8] {
        [
            UInt8(truncatingIfNeeded: id >> 24), UInt8(truncatingIfNeeded: id >> 16),
            UInt8(truncatingIfNeeded: id >> 8),
            UInt8(truncatingIfNeeded: id),
        ]
    }

    /// The identifier of Ed25519 among the types of signatures.
    static let ed25519: UInt8 = 0x01
}
