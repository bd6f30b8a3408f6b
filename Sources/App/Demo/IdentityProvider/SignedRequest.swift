internal import Crypto
internal import StrictCoding

/// Carries an authorization request through the login page, so that what is granted is what the page showed.
///
/// `expiry "." base64url(query) "." base64url(HMAC)`: the server remembers nothing, and no cookie is needed.
struct SignedRequest: Sendable {
    /// Time enough to find a password.
    static let lifetimeSeconds: Int64 = 600

    private let key: SecretBytes

    init(key: SecretBytes) {
        self.key = key
    }

    func seal(_ query: [UInt8], now: Int64) -> ByteString {
        let content = Array("\(now + Self.lifetimeSeconds).".utf8) + Base64URL.encode(query)
        return ByteString(content + [UInt8(ascii: ".")] + Base64URL.encode(HMACSHA256.code(for: content, key: key)))
    }

    /// The query, or nil when the text was altered or is too old.
    func open(_ text: ByteString, now: Int64) -> [UInt8]? {
        let parts = text.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let code = try? Base64URL.decode(parts[2]) else { return nil }
        let content = Array(parts[0] + [UInt8(ascii: ".")] + parts[1])
        guard constantTimeEqual(HMACSHA256.code(for: content, key: key), code),
            let expires = Int64(String(decoding: parts[0], as: UTF8.self)), now < expires
        else { return nil }
        return try? Base64URL.decode(parts[1])
    }
}
