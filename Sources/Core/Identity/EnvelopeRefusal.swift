package import StrictCoding

/// Why an envelope is not valid, or claims do not make one. Cases follow the steps of verification.
package enum EnvelopeRefusal: Error, Equatable, Sendable {
    /// Longer than `EnvelopeLimits.compactBytes`; when minting, even without `rctx`.
    case tooLarge(bytes: Int)
    /// Not three parts of base64url characters, or padded.
    case notCompact
    /// A part that is a second spelling of its bytes, or of none.
    case notCanonical
    case header(JSONError)
    case headerNotObject
    /// A header member besides `alg`, `typ` and `kid`.
    case unexpectedHeaderMember(ByteString)
    /// `alg` is not ES256.
    case wrongAlgorithm
    /// `typ` is not that of a transaction token.
    case wrongType
    /// `kid` is absent or not 1 to 64 base64url characters.
    case malformedKeyID
    /// No key of the ring that may verify has this identifier.
    case unknownKey(ByteString)
    case badSignature
    case payload(JSONError)
    case payloadNotObject
    /// `eie` names a version of the format that is not understood.
    case unsupportedVersion
    case wrongIssuer
    case wrongAudience
    case expired(at: UnixTime)
    case issuedInTheFuture(UnixTime)
    case lifetimeTooLong(seconds: Int64)
    case missingClaim(EnvelopeClaim)
    /// The claim is there, with a type or a text that it may not have.
    case malformedClaim(EnvelopeClaim)
    /// A closed vocabulary does not have this word.
    case unknownValue(EnvelopeClaim)
    case overLimit(EnvelopeClaim)
    /// The claim says something else than the registered claim that it mirrors.
    case mirrorDisagrees(EnvelopeClaim)
    /// The private key could not sign.
    case signingFailed

    /// The name for metrics and audit.
    package var code: StaticString {
        switch self {
        case .tooLarge: "envelope_too_large"
        case .notCompact: "envelope_not_compact"
        case .notCanonical: "envelope_not_canonical"
        case .header, .headerNotObject: "envelope_header"
        case .unexpectedHeaderMember: "envelope_header_member"
        case .wrongAlgorithm: "envelope_algorithm"
        case .wrongType: "envelope_type"
        case .malformedKeyID: "envelope_key_id"
        case .unknownKey: "envelope_unknown_key"
        case .badSignature: "envelope_signature"
        case .payload, .payloadNotObject: "envelope_payload"
        case .unsupportedVersion: "envelope_version"
        case .wrongIssuer: "envelope_issuer"
        case .wrongAudience: "envelope_audience"
        case .expired: "envelope_expired"
        case .issuedInTheFuture: "envelope_issued_in_future"
        case .lifetimeTooLong: "envelope_lifetime"
        case .missingClaim: "envelope_missing_claim"
        case .malformedClaim: "envelope_malformed_claim"
        case .unknownValue: "envelope_unknown_value"
        case .overLimit: "envelope_over_limit"
        case .mirrorDisagrees: "envelope_mirror"
        case .signingFailed: "envelope_signing"
        }
    }
}

/// A claim of the envelope, by its path.
package enum EnvelopeClaim: String, Sendable, CaseIterable {
    case issuer = "iss"
    case audience = "aud"
    case issuedAt = "iat"
    case expiresAt = "exp"
    case tokenID = "jti"
    case transaction = "txn"
    case version = "eie"
    case subject = "sub"
    case subjectProfile = "sub_profile"
    case scope
    case workload = "req_wl"
    case actors = "act"
    case context = "tctx"
    case actor = "tctx.actor"
    case actorType = "tctx.actor.type"
    case actorSubject = "tctx.actor.sub"
    case actorTenant = "tctx.actor.tenant"
    case actorIssuer = "tctx.actor.iss"
    case agent = "tctx.agent"
    case agentType = "tctx.agent.type"
    case agentID = "tctx.agent.id"
    case clientID = "tctx.agent.client_id"
    case session = "tctx.session"
    case sessionID = "tctx.session.id"
    case traceID = "tctx.session.trace_id"
    case authorization = "tctx.authorization"
    case scopes = "tctx.authorization.scopes"
    case confidence = "tctx.authorization.confidence"
    case estimated = "tctx.authorization.estimated"
    case delegation = "tctx.delegation"
    case mode = "tctx.delegation.mode"
    case modes = "tctx.delegation.modes"
    case allowed = "tctx.delegation.allowed"
    case meta = "tctx.meta"
    case createdAt = "tctx.meta.created_at"
    case expiresAtMirror = "tctx.meta.expires_at"
    case request = "rctx"
}
