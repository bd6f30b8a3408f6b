package import Identity
package import Policy
import StrictCoding

/// Judges what an issuer says of a token that it gave (RFC 7662, section 2.2).
///
/// `active` alone is no news of a token that was made a moment ago. What counts is for whom and for what it is, and
/// where neither the answer nor the token itself says so, it is not used.
package enum IntrospectionAnswer {
    package static func credential(
        _ answer: EndpointAnswer, of token: IssuedToken, issuer: Issuer, now: UnixTime
    ) throws(CredentialFault) -> Credential {
        // An error is about the gateway, which asks for itself.
        let root = try answer.success(isForUser: false)
        var token = token
        do throws(AnswerFlaw) {
            guard root["active"]?.bool == true else { throw .inactive }
            if let type = root["token_type"] {
                guard type.text?.bytes.equalsIgnoringASCIICase("bearer") == true else { throw .tokenType }
            }
            try token.findings.note(TokenFacts(root, issuer: issuer), issuer: issuer.issuer)
        } catch {
            throw .rejected(error)
        }
        return try token.credential()
    }
}
