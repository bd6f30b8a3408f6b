import Crypto
package import StrictCoding

/// A SHA-256 digest: 32 bytes, held in place.
package struct Digest: Hashable, Sendable {
    package static let count = 32

    // In the order of the bytes in memory, whatever the machine takes their value for.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// The digest that `fill` writes; its bytes are zero before.
    package init(filledBy fill: (UnsafeMutableRawBufferPointer) -> Void) {
        Swift.withUnsafeMutableBytes(of: &words) { fill($0) }
    }

    /// Nil unless there are 32 bytes.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.count else { return nil }
        self.init { $0.copyMemory(from: bytes) }
    }

    /// Nil unless there are 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.count else { return nil }
        self.init { $0.copyBytes(from: bytes) }
    }

    /// SHA-256 of `bytes`.
    package init(of bytes: UnsafeRawBufferPointer) {
        self.init { SHA256.digest(bytes, into: $0) }
    }

    /// SHA-256 of `bytes`.
    package init(of bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { Digest(of: $0) }
    }

    package func withUnsafeBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    package static func == (left: Digest, right: Digest) -> Bool {
        left.words == right.words
    }

    package func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

/// The two spellings. Each digest has exactly one in either.
extension Digest {
    static let hexCount = 64

    /// 64 lowercase hexadecimal digits.
    package init?(hex text: UnsafeRawBufferPointer) {
        guard text.count == Self.hexCount else { return nil }
        var isHex = true
        self.init { bytes in
            for index in 0..<Self.count {
                let high = Self.nibble(text[2 * index])
                let low = Self.nibble(text[2 * index + 1])
                if high | low > 15 { isHex = false }
                bytes[index] = high << 4 | low & 15
            }
        }
        guard isHex else { return nil }
    }

    package init?(hex text: ArraySlice<UInt8>) {
        guard let digest = text.withUnsafeBytes({ Digest(hex: $0) }) else { return nil }
        self = digest
    }

    package init?(hex text: [UInt8]) {
        self.init(hex: text[...])
    }

    /// 44 characters with padding.
    package init?(base64 text: ArraySlice<UInt8>) {
        guard let bytes = Base64.decode(text), let digest = Digest(bytes) else { return nil }
        self = digest
    }

    package init?(base64 text: ByteString) {
        self.init(base64: text.bytes[...])
    }

    package var hex: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(Self.hexCount)
        appendHex(to: &text)
        return text
    }

    package func appendHex(to text: inout [UInt8]) {
        let digits = Self.digits.utf8Start
        withUnsafeBytes { bytes in
            for byte in bytes {
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
        }
    }

    package var base64: [UInt8] { Base64.encode(bytes) }

    private static let digits: StaticString = "0123456789abcdef"

    /// 255 for what is no lowercase digit.
    private static func nibble(_ digit: UInt8) -> UInt8 {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        default: 255
        }
    }
}

extension Digest: CustomStringConvertible {
    package var description: String { String(decoding: hex, as: UTF8.self) }
}
