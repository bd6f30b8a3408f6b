package import StrictCoding

package enum NoteLimits {
    /// Of a whole note. The largest signatures in use have five kilobytes, and sixteen must be accepted.
    package static let bytes = 128 << 10
    package static let signatures = 64
}

/// A text with the signatures below it (C2SP signed-note). Nothing is known of either before they are verified.
package struct SignedNote: Hashable, Sendable {
    /// What is signed, with the line feed at its end.
    package let text: [UInt8]
    package private(set) var signatures: [NoteSignature]

    init(text: [UInt8], signatures: [NoteSignature]) {
        self.text = text
        self.signatures = signatures
    }

    package init(parsing bytes: ArraySlice<UInt8>) throws(NoteError) {
        guard bytes.count <= NoteLimits.bytes else { throw .tooLong }
        guard Self.isText(bytes) else { throw .notText }
        guard bytes.last == 0x0A, let end = Self.endOfText(bytes), end > bytes.startIndex else { throw .malformed }
        text = Array(bytes[..<end])
        signatures = []
        // Between the empty line and the last line feed.
        let lines = bytes[(end + 1)...].dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count <= NoteLimits.signatures else { throw .tooLong }
        for line in lines {
            guard let signature = NoteSignature(line: line) else { throw .malformed }
            signatures.append(signature)
        }
    }

    package init(parsing bytes: [UInt8]) throws(NoteError) {
        try self.init(parsing: bytes[...])
    }

    package var bytes: [UInt8] {
        signatures.reduce(text + [0x0A]) { $0 + $1.line }
    }

    /// Puts the signatures of another note of the same text below, such as those of witnesses.
    package mutating func add(_ signature: NoteSignature) {
        signatures.append(signature)
    }

    /// The last empty line separates; the text may have others.
    private static func endOfText(_ bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.endIndex - 1
        while index > bytes.startIndex {
            if bytes[index] == 0x0A, bytes[index - 1] == 0x0A { return index }
            index -= 1
        }
        return nil
    }

    /// UTF-8 without ASCII control characters but the line feed.
    private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else { return false }
        return String(validating: bytes, as: UTF8.self) != nil
    }
}

/// One line below the text: who signed, and what came of it.
package struct NoteSignature: Hashable, Sendable {
    package let name: ByteString
    package let keyID: UInt32
    package let signature: [UInt8]

    init(name: ByteString, keyID: UInt32, signature: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.signature = signature
    }

    /// Nil unless the line is an em dash, a key name and at least five bytes of base64, with a space before each.
    init?(line: ArraySlice<UInt8>) {
        guard line.starts(with: Self.dash) else { return nil }
        let parts = line.dropFirst(Self.dash.count).split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 2, NoteKeyName.isValid(parts[0]), let bytes = Base64.decode(parts[1]), bytes.count > 4
        else { return nil }
        name = ByteString(parts[0])
        keyID = bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) }
        signature = Array(bytes[4...])
    }

    var line: [UInt8] {
        Self.dash + name.bytes + [0x20] + Base64.encode(NoteKeyName.bytes(keyID) + signature) + [0x0A]
    }

    private static let dash = Array("— ".utf8)
}

/// Why a note is not what it should be.
package enum NoteError: Error, Equatable, Sendable {
    case tooLong
    /// Not UTF-8, or with control characters.
    case notText
    /// Without text, empty line or signatures, or with another line among these.
    case malformed
    /// No signature is by a key that is trusted.
    case unknownKey
    /// A signature says that it is by a trusted key, and is not.
    case badSignature
}
