import Crypto
import Identity
package import StrictCoding

/// SHA-256 over everything that makes a credential what it is, each part with its length: two requests share a
/// credential only when every byte of every part is the same (envelope, section 3.5).
package struct CredentialKey: Sendable, Hashable {
    package let digest: ByteString

    /// - Parameter parts: in a fixed order; a list is one part for its count and one for each element.
    package init(_ parts: [ByteString]) {
        self.init(joined: LengthPrefixed.bytes(Self.label, parts))
    }

    /// - Parameter parts: such parts, `LengthPrefixed` behind `label`.
    init(joined parts: [UInt8]) {
        digest = ByteString(SHA256.digest(parts))
    }

    static let label: StaticString = "bulla credential key v1"
}
