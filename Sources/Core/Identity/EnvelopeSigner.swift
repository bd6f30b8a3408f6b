package import Crypto
import JOSE
package import StrictCoding

/// The key that signs envelopes, with the part of a compact JWS that is the same for all of them.
package struct EnvelopeSigner: Sendable {
    let key: SigningKey
    /// The encoded header and the dot behind it.
    let start: [UInt8]

    /// - Throws: `malformedKeyID`.
    package init(key: SigningKey, kid: ByteString) throws(EnvelopeRefusal) {
        guard EnvelopeText.isTokenID(kid) else { throw .malformedKeyID }
        self.key = key
        // Exactly three members, in this order.
        var json = ClaimsEncoder(reserving: 128)
        json.text(#"{"alg":"ES256","typ":"txntoken+jwt","kid":"#, kid)
        json.literal("}")
        start = JWSSigning.start(header: json.bytes)
    }

    /// Bytes of the compact form.
    func compactBytes(_ payload: [UInt8]) -> Int {
        let signatureBytes = 64
        return start.count + Base64URL.encodedCount(payload.count) + 1 + Base64URL.encodedCount(signatureBytes)
    }
}
