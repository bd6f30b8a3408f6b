import Crypto
import StrictCoding

/// What proves that a call comes from one instance: 256 random bits, in the first segment of its egress base URL.
struct InstanceSecret: Sendable {
    /// 43 characters of base64url.
    let text: SecretBytes
    /// SHA-256 of the text.
    let digest: [UInt8]

    init() {
        text = SecretBytes(Base64URL.encode(SystemRandom.bytes(32)))
        digest = text.withBytes { SHA256.digest($0) }
    }
}
