package import StrictCoding

/// Why a token is not an authentic JWS.
package enum JWSError: Error, Equatable, Sendable {
    /// Longer than the limit; nothing of it was read.
    case tooLarge(bytes: Int)
    /// Not three parts.
    case malformed
    /// Five parts, or `enc` in the header: an encrypted token (RFC 7516, section 9).
    case encrypted
    case invalidBase64(Base64URLError)
    case invalidHeader(JSONError)
    case headerNotObject
    /// A header member of the wrong type or with unacceptable text.
    case invalidMember(HeaderMember)
    /// A header member that brings its own key, changes the meaning of the signature or must be understood.
    case forbiddenMember(HeaderMember)
    /// `alg` is absent, not a string, or not one of ours.
    case unsupportedAlgorithm
    /// One of ours, but not among those that the issuer may use.
    case algorithmNotAllowed(Algorithm)
    /// No key of the set has this identifier, or the token has none and no key is for its algorithm. A newer key set
    /// may help.
    case unknownKey(kid: ByteString?)
    /// The key with this identifier is for other algorithms. A newer key set does not help.
    case wrongKey(kid: ByteString)
    case badSignature
    case invalidPayload(JSONError)
    case payloadNotObject

    /// The name for metrics and audit.
    package var code: StaticString {
        switch self {
        case .tooLarge: "token_too_large"
        case .malformed: "token_malformed"
        case .encrypted: "token_encrypted"
        case .invalidBase64: "token_invalid_base64"
        case .invalidHeader, .headerNotObject: "token_invalid_header"
        case .invalidMember: "token_invalid_header_member"
        case .forbiddenMember: "token_forbidden_header_member"
        case .unsupportedAlgorithm: "token_unsupported_algorithm"
        case .algorithmNotAllowed: "token_algorithm_not_allowed"
        case .unknownKey: "token_unknown_key"
        case .wrongKey: "token_wrong_key"
        case .badSignature: "token_bad_signature"
        case .invalidPayload, .payloadNotObject: "token_invalid_payload"
        }
    }
}

/// A header member that is looked at. All others are ignored (RFC 7515, section 4), `x5t` and `x5t#S256` with them:
/// they are common, and no key is ever chosen by them.
package enum HeaderMember: String, CaseIterable, Sendable {
    case alg, kid, typ
    case jku, jwk, x5u, x5c, crit, b64, zip
    case enc
}
