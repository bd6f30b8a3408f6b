package import Crypto
import StrictCoding

/// Making a compact JWS with one of our own keys.
package enum JWSSigning {
    /// The compact serialization (RFC 7515, section 7.1) of two JSON texts, signed with ES256; the header must say so.
    package static func compact(header: [UInt8], payload: [UInt8], key: SigningKey) throws(CryptoError) -> [UInt8] {
        try compact(start: start(header: header), payload: payload, key: key)
    }

    /// What such a serialization begins with: the encoded header and a dot.
    package static func start(header: [UInt8]) -> [UInt8] {
        Base64URL.encode(header) + [UInt8(ascii: ".")]
    }

    /// The same for a header that was encoded before.
    package static func compact(start: [UInt8], payload: [UInt8], key: SigningKey) throws(CryptoError) -> [UInt8] {
        var token: [UInt8] = []
        // ES256 signatures have 64 bytes, 86 characters.
        token.reserveCapacity(start.count + Base64URL.encodedCount(payload.count) + 88)
        token.append(contentsOf: start)
        token.append(contentsOf: Base64URL.encode(payload))
        let signature = try key.sign(token)
        token.append(UInt8(ascii: "."))
        token.append(contentsOf: Base64URL.encode(signature))
        return token
    }
}
