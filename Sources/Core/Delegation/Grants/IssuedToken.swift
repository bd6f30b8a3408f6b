package import Crypto
package import Identity
package import JOSE
package import Policy
import StrictCoding

/// A token of which, so far, only the answer that it came in was read.
package struct IssuedToken: Sendable {
    package enum Step: Sendable {
        case accepted(Credential)
        /// Only its issuer can say what it is: ask, and judge the answer with `IntrospectionAnswer`.
        case introspect
        /// The keys that are known do not verify it: get newer ones and judge again.
        case keysNeeded
    }

    package let token: SecretBytes
    let expectation: TokenExpectation
    var findings: TokenFindings

    /// Looks into the token, where it is a JWT, and says whether enough is known of it.
    ///
    /// A token for a user that is a JWT of this issuer must hold in every respect, whatever else would show what it is.
    /// The gateway's own tokens are opaque to it (RFC 6749, section 1.4); what one of them says, if it can be verified,
    /// counts.
    ///
    /// - Parameters:
    ///   - keys: of the issuer; `nil` where they are not known.
    ///   - isLastWord: whether newer ones cannot be had.
    package mutating func judged(
        issuer: Issuer, keys: KeySet?, isLastWord: Bool, now: UnixTime
    ) throws(CredentialFault) -> Step {
        switch IssuedJWT(token, issuer: issuer, keys: keys) {
        case .verified(let jwt):
            do { try note(jwt, issuer: issuer) } catch { throw .rejected(error) }
        case .forged:
            if expectation.isForUser { throw .rejected(.badSignature) }
        case .unknownKey:
            if expectation.needsKeys {
                guard isLastWord else { return .keysNeeded }
                guard keys != nil else { throw .unavailable(retryAfterSeconds: EndpointAnswer.usualWait) }
                throw .rejected(.unverifiable)
            }
        case .opaque:
            if expectation.verification == .token { throw .rejected(.unverifiable) }
        }
        if expectation.verification == .introspection { return .introspect }
        return .accepted(try credential())
    }

    func credential() throws(CredentialFault) -> Credential {
        do { return try findings.credential(token) } catch { throw .rejected(error) }
    }

    private mutating func note(_ jwt: VerifiedJWS, issuer: Issuer) throws(AnswerFlaw) {
        try IssuedJWT.checkKind(jwt, profile: issuer.profile)
        let facts = try TokenFacts(jwt.payload.root, issuer: issuer)
        if expectation.isForUser {
            guard facts.issuer != nil else { throw .wrongIssuer }
            guard facts.expires != nil else { throw .expired }
        }
        try findings.note(facts, issuer: issuer.issuer)
    }
}

extension TokenExpectation {
    /// Whether a JWT of the issuer must be verified by its keys before it is used.
    fileprivate var needsKeys: Bool {
        switch verification {
        case .token, .fixedAudience: true
        case .introspection, nil: false
        }
    }
}
