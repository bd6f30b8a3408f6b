import Identity
import Policy
import StrictCoding

/// What the envelope for one request says: each field from the verified token, from the policy, or made here; nothing
/// from the client.
struct EnvelopeDraft {
    let epoch: Epoch
    let server: Server
    let caller: Caller
    let trail: IngressTrail

    func claims(trace: TraceContext, fresh: FreshIdentifiers, now: UnixTime) -> EnvelopeClaims {
        let issuer = epoch.policy.publicURL.origin
        let lifetime = Int64(epoch.policy.envelope.lifetimeSeconds)
        return EnvelopeClaims(
            issuer: issuer, audience: EnvelopeClaims.audience(issuer: issuer, id: server.name), issuedAt: now,
            // An envelope never outlives the token that it was minted from.
            expiresAt: min(now + lifetime, caller.token.expires), tokenID: fresh.envelopeID,
            transactionID: fresh.transaction, workload: ByteString(issuer.bytes + "/ingress".utf8),
            principal: caller.principal, actors: ActorChain(caller.token.agent.chain), scopes: scopes,
            confidence: caller.confidence, sessionID: caller.sessionID, traceID: trace.traceID,
            delegation: Delegation(server.delegation),
            request: trail.mcpMethod.map { RequestContext(method: $0, name: trail.mcpName) })
    }

    /// The scopes that the token has, with what they imply, as far as the server knows them.
    private var scopes: [ByteString] {
        epoch.policy.effectiveScopes(granted: caller.token.scopes ?? [], at: server)
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
