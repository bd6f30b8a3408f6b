package import StrictCoding

/// What an Execution Identity Envelope says (envelope format 1): each fact once, though the wire has some twice.
///
/// The registered claims are OAuth's view, `tctx` the envelope's own: OAuth's subject is our actor, OAuth's actor our
/// agent.
package struct EnvelopeClaims: Sendable, Hashable {
    /// The gateway's public URL (`iss`).
    package var issuer: ByteString
    /// `{iss}/.eie/<server>`: the one server that may present this envelope (`aud`).
    package var audience: ByteString
    package var issuedAt: UnixTime
    package var expiresAt: UnixTime
    /// Unique per envelope (`jti`).
    package var tokenID: ByteString
    /// The same for all envelopes of one ingress request (`txn`).
    package var transactionID: ByteString
    /// The workload that minted this (`req_wl`).
    package var workload: ByteString
    package var principal: Principal
    package var subjectProfile: SubjectProfile
    /// Who acts for the subject (`act`); when there is somebody, the outermost is the principal's agent.
    package var actors: ActorChain
    /// What the actor may do here, in the order of their bytes, none twice.
    package var scopes: [ByteString]
    package var confidence: Confidence
    package var sessionID: ByteString
    /// W3C trace id. One trace may hold many transactions.
    package var traceID: ByteString
    package var delegation: Delegation
    /// What was asked for (`rctx`); the first to go when the envelope grows too large.
    package var request: RequestContext?

    /// `scopes` are sorted here; the subject's profile follows the actor's kind unless given.
    package init(
        issuer: ByteString, audience: ByteString, issuedAt: UnixTime, expiresAt: UnixTime, tokenID: ByteString,
        transactionID: ByteString, workload: ByteString, principal: Principal, subjectProfile: SubjectProfile? = nil,
        actors: ActorChain, scopes: [ByteString], confidence: Confidence, sessionID: ByteString, traceID: ByteString,
        delegation: Delegation, request: RequestContext? = nil
    ) {
        self.issuer = issuer
        self.audience = audience
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.tokenID = tokenID
        self.transactionID = transactionID
        self.workload = workload
        self.principal = principal
        self.subjectProfile = subjectProfile ?? SubjectProfile(principal.kind)
        self.actors = actors
        self.scopes = scopes.sorted()
        self.confidence = confidence
        self.sessionID = sessionID
        self.traceID = traceID
        self.delegation = delegation
        self.request = request
    }

    /// `{iss}/.eie/<id>`: what the envelopes for one server, or one service, name as their audience.
    package static func audience(issuer: ByteString, id: ByteString) -> ByteString {
        ByteString(issuer.bytes + Array("/.eie/".utf8) + id.bytes)
    }
}

/// What the request was about, for whoever reads an envelope in a log.
package struct RequestContext: Sendable, Hashable {
    package var method: ByteString?
    package var name: ByteString?

    package init(method: ByteString?, name: ByteString?) {
        self.method = method
        self.name = name
    }
}
