import Crypto
package import StrictCoding

/// The bytes of one policy file and the name by which diagnostics call it.
package struct PolicySource: Sendable {
    /// The file's name as its author typed it; only shown, never opened.
    package let name: String
    package let bytes: [UInt8]

    /// Larger files are refused unread: a policy is written by people, and every later bound follows from this one.
    package static let mostBytes = 1 << 20

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// `sha256:` and the lowercase hexadecimal digest of the bytes as they are in the file.
    package var digest: ByteString {
        ByteString("sha256:".utf8 + Hex.encode(SHA256.digest(bytes)))
    }
}
