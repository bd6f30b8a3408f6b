import Crypto
import Identity
package import StrictCoding

/// SHA-256 over everything that makes a credential what it is, each part with its length: two requests share a
/// credential only when every byte of every part is the same (envelope, section 3.5).
package struct CredentialKey: Sendable, Hashable {
    package let digest: ByteString

    /// - Parameter parts: in a fixed order; a list is one part for its count and one for each element.
    package init(_ parts: [ByteString]) {
        digest = ByteString(SHA256.digest(LengthPrefixed.bytes("bulla credential key v1", parts)))
    }
}
