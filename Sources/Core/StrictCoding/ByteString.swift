/// UTF-8 or opaque text that is compared, ordered and hashed by its bytes, never by Unicode equivalence.
///
/// Swift's `String ==` and `Dictionary<String, _>` treat NFC and NFD spellings as equal, which would make two users
/// one; identifiers are therefore byte strings everywhere.
package struct ByteString: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    // Of their own, since what is generic is not specialised across modules, and then goes byte by byte.

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = Array(bytes)
    }

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = Array(bytes)
    }

    package init(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
        self.bytes = Array(UnsafeBufferPointer(rebasing: bytes))
    }

    /// The UTF-8 bytes of `string`.
    package init(_ string: String) {
        self.bytes = Array(string.utf8)
    }

    package var count: Int { bytes.count }
    package var isEmpty: Bool { bytes.isEmpty }

    /// The text for human eyes: ill-formed UTF-8 shows as U+FFFD. Never compare it.
    package var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Byte equality with a literal, without the allocation that `==` needs for one.
    package func equals(_ literal: StaticString) -> Bool {
        bytes.span.equals(literal)
    }

    package static func == (left: ByteString, right: ByteString) -> Bool {
        guard left.bytes.count == right.bytes.count else { return false }
        return left.bytes.withUnsafeBytes { left in
            right.bytes.withUnsafeBytes { right in
                left.baseAddress == right.baseAddress || left.hasSameBytes(as: right)
            }
        }
    }

    package func hash(into hasher: inout Hasher) {
        // The length first: otherwise ("ab", "c") and ("a", "bc") would collide by construction in composite keys.
        hasher.combine(bytes.count)
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    package func hasPrefix(_ prefix: ByteString) -> Bool {
        bytes.starts(with: prefix.bytes)
    }

    /// Well-formed UTF-8 of 1 to `limit` bytes without C0, C1 or DEL: what an identifier from outside must be before it
    /// is kept or shown.
    package func isPlainText(limit: Int) -> Bool {
        guard !bytes.isEmpty, bytes.count <= limit else { return false }
        let span = bytes.span
        var index = 0
        while index < span.count {
            if span[index].isASCIIText {
                index += 1
                continue
            }
            guard let scalar = span.scalar(at: index), !scalar.isControl else { return false }
            index += scalar.length
        }
        return true
    }
}

extension ByteString: Comparable {
    /// Lexicographic order of unsigned bytes; a prefix comes first.
    package static func < (left: ByteString, right: ByteString) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension ByteString: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) {
        self.init(value)
    }
}

extension ByteString: CustomStringConvertible {
    package var description: String { string }
}
