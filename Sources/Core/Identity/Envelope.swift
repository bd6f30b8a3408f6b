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
        let signer = try EnvelopeSigner(key: key, kid: kid)
        try claims.check()
        return try sign(EnvelopeTemplate(writing: claims), claims.occasion, signer)
    }

    /// The same for claims of which most are known from another occasion.
    package static func mint(
        _ template: EnvelopeTemplate, _ occasion: EnvelopeTemplate.Occasion, by signer: EnvelopeSigner
    ) throws(EnvelopeRefusal) -> Envelope {
        try occasion.check()
        return try sign(template, occasion, signer)
    }

    private static func sign(
        _ template: EnvelopeTemplate, _ occasion: EnvelopeTemplate.Occasion, _ signer: EnvelopeSigner
    ) throws(EnvelopeRefusal) -> Envelope {
        var payload = template.payload(occasion)
        if signer.compactBytes(payload) > EnvelopeLimits.compactBytes, occasion.request != nil {
            payload = template.payload(occasion, showingRequest: false)
        }
        let size = signer.compactBytes(payload)
        guard size <= EnvelopeLimits.compactBytes else { throw .tooLarge(bytes: size) }
        do {
            let compact = try JWSSigning.compact(start: signer.start, payload: payload, key: signer.key)
            return Envelope(bytes: compact, tokenID: occasion.tokenID, signature: signature(of: compact))
        } catch {
            throw .signingFailed
        }
    }

    /// The part after the last dot.
    static func signature(of compact: [UInt8]) -> ArraySlice<UInt8> {
        compact[(compact.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? compact.startIndex)...]
    }
}
