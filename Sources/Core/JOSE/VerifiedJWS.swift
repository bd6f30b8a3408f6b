package import StrictCoding

/// A JWS that a key of the asked-for set signed, with a JSON object as its payload. Only `UnverifiedJWS.verify` makes
/// one.
package struct VerifiedJWS: Sendable {
    package let header: JWSHeader
    /// The claims; the root is an object.
    package let payload: JSONDocument
    /// The thumbprint of the key that verified.
    package let keyThumbprint: ByteString

    fileprivate init(header: JWSHeader, payload: JSONDocument, keyThumbprint: ByteString) {
        self.header = header
        self.payload = payload
        self.keyThumbprint = keyThumbprint
    }

    package var algorithm: Algorithm { header.algorithm }
    package var keyID: ByteString? { header.keyID }
    /// The `typ` of the header, as it was spelled.
    package var type: ByteString? { header.type }
}

extension UnverifiedJWS {
    /// Verifies the signature with a key of `keys` by an algorithm of `allowing`, and only then reads the payload.
    ///
    /// The key is chosen by `kid` and pinned algorithm; nothing in the token can bring or fetch another.
    package func verify(with keys: KeySet, allowing algorithms: Set<Algorithm>) throws(JWSError) -> VerifiedJWS {
        guard algorithms.contains(algorithm) else { throw .algorithmNotAllowed(algorithm) }
        let candidates = keys.candidates(kid: keyID, algorithm: algorithm)
        if candidates.isEmpty {
            if let keyID, keys.contains(kid: keyID) { throw .wrongKey(kid: keyID) }
            throw .unknownKey(kid: keyID)
        }
        let signer = candidates.first {
            $0.key.verify(signature: signature, message: signingInput, scheme: algorithm.scheme)
        }
        guard let signer else { throw .badSignature }
        return try VerifiedJWS(header: header, payload: parsedPayload(), keyThumbprint: signer.thumbprint)
    }
}
