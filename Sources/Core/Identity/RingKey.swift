package import Crypto
package import JOSE
package import StrictCoding

/// A signing key with its life: when it appears in the JWKS, when it begins to sign, when it stops.
package struct RingKey: Sendable {
    /// What may be done with the key at a moment.
    ///
    ///     staged ──publishedFrom──▶ published ──activeFrom──▶ active ──retiredFrom──▶ retired ──660 s──▶ gone
    package enum State: Sendable, Hashable, CaseIterable {
        /// Known here only.
        case staged
        /// In the JWKS, so that verifiers have it before its first signature.
        case published
        /// Signs.
        case active
        /// Still in the JWKS: what it signed may still be in use.
        case retired
        /// Neither signs nor verifies.
        case gone
    }

    /// Characters of the thumbprint that make a `kid`: 96 bits, checked for collision when a key joins a ring.
    package static let keyIDCharacters = 16

    package let keyID: ByteString
    package let signing: SigningKey
    package let verification: JSONWebKey
    package internal(set) var publishedFrom: UnixTime
    package internal(set) var activeFrom: UnixTime
    /// Nil as long as no successor is known.
    package internal(set) var retiredFrom: UnixTime?

    package init(
        _ signing: SigningKey, publishedFrom: UnixTime, activeFrom: UnixTime, retiredFrom: UnixTime? = nil
    ) throws(CryptoError) {
        keyID = RingKey.keyID(of: signing)
        self.signing = signing
        verification = try JSONWebKey(signing, kid: keyID)
        self.publishedFrom = publishedFrom
        self.activeFrom = activeFrom
        self.retiredFrom = retiredFrom
    }

    /// The beginning of the key's RFC 7638 thumbprint.
    package static func keyID(of key: SigningKey) -> ByteString {
        ByteString(key.thumbprint.bytes.prefix(keyIDCharacters))
    }

    package func state(now: UnixTime) -> State {
        if now < publishedFrom { return .staged }
        if now < activeFrom { return .published }
        guard let retiredFrom, now >= retiredFrom else { return .active }
        return now < retiredFrom + KeyRing.keepSeconds ? .retired : .gone
    }

    /// The moments at which the state changes, as far as they are known.
    var changes: [UnixTime] {
        [publishedFrom, activeFrom] + (retiredFrom.map { [$0, $0 + KeyRing.keepSeconds] } ?? [])
    }
}
