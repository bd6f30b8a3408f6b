package import JOSE

/// Why an access token is not accepted. Every case answers 401 `invalid_token`.
package enum TokenRefusal: Error, Equatable, Sendable {
    /// The compact form, the header, the key or the signature.
    case signature(JWSError)
    /// `typ` is not that of an access token in this issuer's profile (RFC 8725, section 3.11).
    case wrongType
    /// An ID token, a logout token or another token of the issuer that is not for APIs.
    case notAnAccessToken
    case missingClaim(Claim)
    /// The claim is there, with a type or a value that the profile does not allow.
    case malformedClaim(Claim)
    case wrongIssuer
    case wrongAudience
    case expired
    case notYetValid
    case issuedInTheFuture
    /// Lives longer than a day, which no access token should.
    case lifetimeTooLong
    /// Bound to a key (`cnf`) whose proof this gateway cannot check: never accepted as a plain bearer token.
    case senderConstrained
    /// `act` is nested deeper than an envelope can carry, or names a reserved agent.
    case actorChain
    /// Too little of its life is left to mint an envelope from it.
    case aboutToExpire

    package enum Claim: String, Sendable {
        case iss, sub, aud, exp, nbf, iat, jti, scope, act
        case clientID = "client_id"
    }

    /// Short, stable word for metrics, audit and `error_description`.
    package var code: String {
        switch self {
        case .signature(let error): "\(error.code)"
        case .wrongType: "wrong_type"
        case .notAnAccessToken: "not_an_access_token"
        case .missingClaim(let claim): "missing_\(claim.rawValue)"
        case .malformedClaim(let claim): "malformed_\(claim.rawValue)"
        case .wrongIssuer: "wrong_issuer"
        case .wrongAudience: "wrong_audience"
        case .expired: "token_expired"
        case .notYetValid: "not_yet_valid"
        case .issuedInTheFuture: "issued_in_the_future"
        case .lifetimeTooLong: "lifetime_too_long"
        case .senderConstrained: "sender_constrained"
        case .actorChain: "actor_chain"
        case .aboutToExpire: "about_to_expire"
        }
    }

    /// One sentence for the person who reads the answer in a terminal; never a byte of the token.
    package var explanation: String {
        switch self {
        case .signature(let error): "the token is not one this gateway can verify (\(error.code))"
        case .wrongType: "the token's typ header is not that of an access token"
        case .notAnAccessToken: "this is another kind of token; send the access token"
        case .missingClaim(let claim): "the token lacks the claim \(claim.rawValue)"
        case .malformedClaim(let claim): "the token's claim \(claim.rawValue) is malformed"
        case .wrongIssuer: "the token names another issuer than the one that signed it"
        case .wrongAudience: "the token was issued for another resource; ask the identity provider for this one"
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet; compare the clocks"
        case .issuedInTheFuture: "the token was issued in the future; compare the clocks"
        case .lifetimeTooLong: "the token lives longer than a day"
        case .senderConstrained: "the token is bound to a key (cnf), which this gateway cannot check yet"
        case .actorChain: "the token's actor chain is too deep or names a reserved agent"
        case .aboutToExpire: "the token expires within seconds"
        }
    }
}
