package import StrictCoding

extension EnvelopeClaims {
    /// Throws the first fact that keeps these claims from being an envelope: texts, limits and lifetime, the same when
    /// minting and when verifying.
    func check() throws(EnvelopeRefusal) {
        try occasion.check()
        try checkStanding()
    }

    /// What the envelopes of one caller at one server have in common.
    func checkStanding() throws(EnvelopeRefusal) {
        try require(issuer, .issuer, limit: EnvelopeLimits.urlBytes)
        try require(audience, .audience, limit: EnvelopeLimits.urlBytes)
        try require(workload, .workload, limit: EnvelopeLimits.urlBytes)
        try checkPrincipal()
        try require(sessionID, .sessionID, limit: EnvelopeLimits.identifierBytes)
        try checkAuthorization()
        try checkDelegation()
    }

    private func checkPrincipal() throws(EnvelopeRefusal) {
        try require(principal.subject, .actorSubject, limit: EnvelopeLimits.identifierBytes)
        try require(principal.issuer, .actorIssuer, limit: EnvelopeLimits.urlBytes)
        guard EnvelopeText.isTenant(principal.tenant) else { throw .malformedClaim(.actorTenant) }
        try require(principal.agentID, .agentID, limit: EnvelopeLimits.identifierBytes)
        try require(principal.clientID, .clientID, limit: EnvelopeLimits.identifierBytes)
        guard subjectProfile.kind == principal.kind else { throw .mirrorDisagrees(.subjectProfile) }
        guard actors.actors.count <= EnvelopeLimits.actors else { throw .overLimit(.actors) }
        for actor in actors.actors {
            try require(actor.subject, .actors, limit: EnvelopeLimits.identifierBytes)
            try require(actor.issuer, .actors, limit: EnvelopeLimits.urlBytes)
        }
        if let current = actors.actors.first, current.subject != principal.agentID { throw .mirrorDisagrees(.actors) }
    }

    private func checkAuthorization() throws(EnvelopeRefusal) {
        guard scopes.count <= EnvelopeLimits.scopes, EnvelopeText.joinedBytes(scopes) <= EnvelopeLimits.scopeBytes
        else {
            throw .overLimit(.scopes)
        }
        guard scopes.allSatisfy(EnvelopeText.isScope), EnvelopeText.isAscending(scopes) else {
            throw .malformedClaim(.scopes)
        }
        if case .estimated(let fields) = confidence {
            guard !fields.isEmpty, fields == EstimatedField.allCases.filter(fields.contains) else {
                throw .malformedClaim(.estimated)
            }
        }
    }

    private func checkDelegation() throws(EnvelopeRefusal) {
        let services = delegation.grants.map(\.service)
        guard services.count <= EnvelopeLimits.allowedServices,
            EnvelopeText.joinedBytes(services) <= EnvelopeLimits.allowedBytes
        else { throw .overLimit(.allowed) }
        for service in services { try require(service, .allowed, limit: EnvelopeLimits.allowedBytes) }
        guard EnvelopeText.isAscending(services) else { throw .malformedClaim(.allowed) }
    }

    private func require(_ text: ByteString, _ claim: EnvelopeClaim, limit: Int) throws(EnvelopeRefusal) {
        guard text.count <= limit else { throw .overLimit(claim) }
        guard text.isPlainText(limit: limit) else { throw .malformedClaim(claim) }
    }
}

extension EnvelopeTemplate.Occasion {
    /// Times and ids.
    func check() throws(EnvelopeRefusal) {
        guard issuedAt.seconds > 0 else { throw .malformedClaim(.issuedAt) }
        let lifetime = expiresAt - issuedAt
        guard lifetime > 0 else { throw .malformedClaim(.expiresAt) }
        guard lifetime <= EnvelopeLimits.lifetimeSeconds else { throw .lifetimeTooLong(seconds: lifetime) }
        guard EnvelopeText.isTokenID(tokenID) else { throw .malformedClaim(.tokenID) }
        guard EnvelopeText.isTokenID(transactionID) else { throw .malformedClaim(.transaction) }
        guard TraceContext.isTraceID(traceID) else { throw .malformedClaim(.traceID) }
    }
}

/// What texts of an envelope look like.
package enum EnvelopeText {
    /// 1 to 64 characters of base64url: ULID, UUID and `kid` alike.
    static func isTokenID(_ text: ByteString) -> Bool {
        (1...EnvelopeLimits.tokenIDBytes).contains(text.count)
            && text.bytes.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    /// `[a-z0-9][a-z0-9-]{0,62}`: no `|`, which separates tenant and subject in `sub`.
    package static func isTenant(_ text: ByteString) -> Bool {
        guard (1...EnvelopeLimits.tenantBytes).contains(text.count), text.bytes[0] != UInt8(ascii: "-") else {
            return false
        }
        return text.bytes.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
    }

    /// A scope-token (RFC 6749, section 3.3).
    package static func isScope(_ text: ByteString) -> Bool {
        !text.isEmpty
            && text.bytes.allSatisfy { $0.isVisibleASCII && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }

    static func isAscending(_ texts: [ByteString]) -> Bool {
        zip(texts, texts.dropFirst()).allSatisfy { $0 < $1 }
    }

    static func joinedBytes(_ texts: [ByteString]) -> Int {
        texts.reduce(max(0, texts.count - 1)) { $0 + $1.count }
    }
}
