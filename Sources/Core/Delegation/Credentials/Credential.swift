package import Crypto
package import Identity
package import StrictCoding

/// A token that an authorization server gave and that was found to be what was asked for. A bearer token (RFC 6750).
package struct Credential: Sendable {
    package let token: SecretBytes
    package let expires: UnixTime
    /// What it was found, or asked, to be good for.
    package let scopes: [ByteString]
    package let audience: ByteString?
    /// SHA-256 of the token.
    let tokenDigest: [UInt8]
    /// The first 16 hexadecimal digits of the token's SHA-256: names it in audit records without being it.
    package let digest: ByteString

    package init(token: SecretBytes, expires: UnixTime, scopes: [ByteString], audience: ByteString?) {
        self.token = token
        self.expires = expires
        self.scopes = scopes
        self.audience = audience
        tokenDigest = token.withBytes { SHA256.digest($0) }
        digest = ByteString(Hex.encode(Array(tokenDigest.prefix(8))))
    }
}

/// Why there is no credential. Nothing of the authorization server's own words goes further than the log.
package enum CredentialFault: Error, Sendable, Hashable {
    /// The authorization server does not accept what speaks for the user: 403 `subject_rejected`.
    case subjectRejected
    /// Nor who acts: 403 `actor_rejected`.
    case actorRejected
    /// The user would have to do something first: 403 `interaction_required`.
    case interactionRequired
    /// The authorization server does not know this client, target or scope: 502 `exchange_misconfigured`.
    case misconfigured(ByteString)
    /// Its answer is not what was asked for, or cannot be trusted: 502 `exchange_rejected`.
    case rejected(AnswerFlaw)
    /// It does not answer, or says that it cannot now: 503 `exchange_unavailable`. `isServersWord` says that it named
    /// the seconds itself.
    case unavailable(retryAfterSeconds: Int, isServersWord: Bool = false)
}

/// What is wrong with a token endpoint's answer.
package enum AnswerFlaw: String, Error, Sendable, Hashable, CaseIterable {
    case redirect
    case notJSON = "not_json"
    case tooLarge = "too_large"
    case tokenMissing = "token_missing"
    /// `token_type` is not one that can be sent as a bearer token.
    case tokenType = "token_type"
    case issuedTokenType = "issued_token_type"
    case scopeWider = "scope_wider"
    case audienceMissing = "audience_missing"
    case wrongAudience = "wrong_audience"
    case wrongSubject = "wrong_subject"
    case wrongIssuer = "wrong_issuer"
    case actorMissing = "actor_missing"
    /// Not a JWT that can be verified, where only that would show for whom it is.
    case unverifiable
    case badSignature = "bad_signature"
    case expired
    case inactive
    case unexpectedStatus = "unexpected_status"
    /// The token endpoint in the metadata is not the issuer's own, and the policy pins none.
    case foreignEndpoint = "foreign_endpoint"
    case subjectGone = "subject_gone"
    /// It is the token that was to be exchanged.
    case subjectReturned = "subject_returned"
}
