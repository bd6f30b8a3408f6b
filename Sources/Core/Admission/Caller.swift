import HTTPCodec
package import Identity
import Policy
package import StrictCoding

/// The verified identity behind requests to one server, with everything that follows from the token, the server and
/// the epoch alone. What depends on the moment is asked for each request.
///
/// Kept beside the verified token, and so forgotten with it: it says what the policy of its epoch says.
package final class Caller: Sendable {
    /// An envelope with less left than this is refused: it would die on the way.
    static let leastSecondsLeft: Int64 = 5

    package let token: AccessToken
    package let principal: Principal
    /// The identity provider's session or one derived for this token; never what a client says.
    package let sessionID: ByteString
    package let confidence: Confidence
    /// Position of the server in the policy.
    package let server: Int
    /// What all envelopes have in common, or why there can be none.
    let envelopes: Result<EnvelopeTemplate, EnvelopeRefusal>
    /// What audit headers say of every request.
    let auditFields: FieldBlock
    private let epoch: Epoch

    /// Checks what depends on the server and on the moment, which a cached token has not been checked for.
    package init(_ token: AccessToken, epoch: Epoch, server: Int, now: UnixTime) throws(Refusal) {
        let accepted = epoch.audiences(server: server, issuer: token.issuerIndex)
        guard token.audiences.contains(where: accepted.contains) else { throw .token(.wrongAudience) }
        try Self.check(token, now: now)
        guard let tenant = token.tenant else { throw .tenantUnknown }
        self.token = token
        self.epoch = epoch
        self.server = server
        principal = Principal(
            issuer: token.issuer, tenant: tenant, subject: token.subject, kind: token.kind, clientID: token.clientID,
            agentID: token.agent.id)
        let credential = token.tokenID ?? ByteString(token.digest)
        sessionID = token.session ?? principal.sessionID(credential: credential, key: epoch.secrets.sessionName)
        confidence = Confidence(estimating: token.agent.isVouchedFor ? [] : [.agentID])
        let draft = EnvelopeDraft(
            epoch: epoch, server: epoch.policy.servers[server], token: token, principal: principal,
            sessionID: sessionID, confidence: confidence)
        envelopes = Result { () throws(EnvelopeRefusal) in try EnvelopeTemplate(draft.claims) }
        auditFields = UpstreamFields.auditFields(of: principal, at: epoch.policy.servers[server], epoch: epoch)
    }

    /// Whether this was found out about this very token, for this server and under this epoch.
    func isOf(_ token: AccessToken, epoch: Epoch, server: Int) -> Bool {
        self.token === token && self.epoch === epoch && self.server == server
    }

    /// Whether the token may still be used.
    package func check(now: UnixTime) throws(Refusal) {
        try Self.check(token, now: now)
    }

    private static func check(_ token: AccessToken, now: UnixTime) throws(Refusal) {
        guard token.expires - now > -TokenChecks.skewSeconds else { throw .token(.expired) }
        guard token.expires - now >= leastSecondsLeft else { throw .token(.aboutToExpire) }
    }
}
