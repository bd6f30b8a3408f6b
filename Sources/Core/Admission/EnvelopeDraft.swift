import Identity
import Policy
import StrictCoding

/// What all envelopes of one caller at one server say: each field from the verified token or from the policy; nothing
/// from the client.
struct EnvelopeDraft {
    let epoch: Epoch
    let server: Server
    let token: AccessToken
    let principal: Principal
    let sessionID: ByteString
    let confidence: Confidence

    /// Times and ids are those of nobody's request.
    var claims: EnvelopeClaims {
        let issuer = epoch.policy.publicURL.origin
        return EnvelopeClaims(
            issuer: issuer, audience: EnvelopeClaims.audience(issuer: issuer, id: server.name),
            issuedAt: UnixTime(seconds: 0), expiresAt: UnixTime(seconds: 0), tokenID: "", transactionID: "",
            workload: ByteString(issuer.bytes + "/ingress".utf8), principal: principal,
            actors: ActorChain(token.agent.chain), scopes: scopes, confidence: confidence, sessionID: sessionID,
            traceID: "", delegation: Delegation(server.delegation))
    }

    /// The scopes that the token has, with what they imply, as far as the server knows them.
    private var scopes: [ByteString] {
        epoch.policy.effectiveScopes(granted: token.scopes ?? [], at: server)
    }
}

extension Caller {
    /// What the envelope for one request adds: when it came, ids that are made here, and what it asks for.
    func occasion(
        of trail: IngressTrail, trace: TraceContext, fresh: FreshIdentifiers, now: UnixTime, lifetimeSeconds: Int
    ) -> EnvelopeTemplate.Occasion {
        EnvelopeTemplate.Occasion(
            // An envelope never outlives the token that it was minted from.
            issuedAt: now, expiresAt: min(now + Int64(lifetimeSeconds), token.expires), tokenID: fresh.envelopeID,
            transactionID: fresh.transaction, traceID: trace.traceID,
            request: trail.mcpMethod.map { RequestContext(method: $0, name: trail.mcpName) })
    }
}

extension Delegation {
    init(_ grant: DelegationGrant) {
        self.init(
            grant.allowed.enumerated().map { index, service in
                Grant(service: service, mode: DelegationMode(grant.modes?[index] ?? grant.mode))
            })
    }
}
