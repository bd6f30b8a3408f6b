package import Crypto
import JOSE
package import StrictCoding

/// A minted Execution Identity Envelope: a compact JWS in the profile of OAuth transaction tokens.
package struct Envelope: Sendable {
    /// The media type, less `application/`, that the header names.
    static let type: ByteString = "txntoken+jwt"

    /// The compact form, at most `EnvelopeLimits.compactBytes`.
    package let bytes: [UInt8]
    package let tokenID: ByteString
    /// The third part: together with `tokenID` it tells whether a response echoes this envelope.
    package let signature: ArraySlice<UInt8>

    /// Enough of the signature to recognise the envelope wherever it is copied to.
    package var mark: [UInt8] { Array(signature.suffix(32)) }

    /// Signs the claims with ES256. Too large a payload is tried again without `rctx`; lists are never shortened.
    package static func mint(
        _ claims: EnvelopeClaims, key: SigningKey, kid: ByteString
    ) throws(EnvelopeRefusal) -> Envelope {
        guard EnvelopeText.isTokenID(kid) else { throw .malformedKeyID }
        try claims.check()
        let header = header(kid: kid)
        var payload = claims.encoded()
        if compactBytes(header: header, payload: payload) > EnvelopeLimits.compactBytes, claims.request != nil {
            var shorter = claims
            shorter.request = nil
            payload = shorter.encoded()
        }
        let size = compactBytes(header: header, payload: payload)
        guard size <= EnvelopeLimits.compactBytes else { throw .tooLarge(bytes: size) }
        do {
            let compact = try JWSSigning.compact(header: header, payload: payload, key: key)
            return Envelope(bytes: compact, tokenID: claims.tokenID, signature: signature(of: compact))
        } catch {
            throw .signingFailed
        }
    }

    /// Exactly three members, in this order.
    private static func header(kid: ByteString) -> [UInt8] {
        var json = ClaimsEncoder(reserving: 96)
        json.text(#"{"alg":"ES256","typ":"txntoken+jwt","kid":"#, kid)
        json.literal("}")
        return json.bytes
    }

    private static func compactBytes(header: [UInt8], payload: [UInt8]) -> Int {
        let signatureBytes = 64
        return [header.count, payload.count, signatureBytes].reduce(2) { $0 + Base64URL.encodedCount($1) }
    }

    /// The part after the last dot.
    static func signature(of compact: [UInt8]) -> ArraySlice<UInt8> {
        compact[(compact.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? compact.startIndex)...]
    }
}
