import Crypto
package import JOSE
package import StrictCoding

/// An envelope that was minted here and handed to one server, known again by every byte of it: whoever shows bytes with
/// this digest shows what the gateway signed, and the signature need not be verified once more.
///
/// The envelope itself is not kept: what is kept for the time of a request must be worth nothing to whoever reads it.
package struct ForwardedEnvelope: Sendable {
    /// SHA-256 of the compact form, whole.
    package let digest: ByteString
    private let keyID: ByteString
    /// Of the key that signed.
    private let thumbprint: ByteString

    /// Nil where the key set has no key of this name, and nobody could verify what it signed.
    ///
    /// - Parameters:
    ///   - keyID: of the key that signed the envelope just now.
    ///   - keys: those that verify envelopes at this moment.
    package init?(_ envelope: Envelope, keyID: ByteString, keys: KeySet) {
        guard let key = keys.keys.first(where: { $0.kid == keyID }) else { return nil }
        digest = Self.digest(of: envelope.bytes[...])
        self.keyID = keyID
        thumbprint = key.thumbprint
    }

    /// By which a shown envelope is looked up.
    package static func digest(of compact: ArraySlice<UInt8>) -> ByteString {
        ByteString(SHA256.digest(compact))
    }

    /// Checks what the bytes alone do not decide, as `UnverifiedEnvelope.verify` does and in its order: whether the key
    /// may still verify, issuer and audience, and the times.
    ///
    /// - Parameter claims: what this envelope says.
    package func check(
        _ claims: EnvelopeClaims, keys: KeySet, issuer: ByteString, audience: ByteString, now: UnixTime, leeway: Int64
    ) throws(EnvelopeRefusal) {
        let mayVerify = keys.keys.contains {
            $0.kid == keyID && $0.thumbprint == thumbprint && $0.algorithms.contains(.es256)
        }
        guard mayVerify else { throw .unknownKey(keyID) }
        guard claims.issuer == issuer else { throw .wrongIssuer }
        guard claims.audience == audience else { throw .wrongAudience }
        let lifetime = claims.expiresAt - claims.issuedAt
        guard lifetime <= EnvelopeLimits.lifetimeSeconds else { throw .lifetimeTooLong(seconds: lifetime) }
        guard claims.issuedAt <= now + EnvelopeLimits.issuedAheadSeconds else {
            throw .issuedInTheFuture(claims.issuedAt)
        }
        guard claims.expiresAt > now - leeway else { throw .expired(at: claims.expiresAt) }
    }
}
