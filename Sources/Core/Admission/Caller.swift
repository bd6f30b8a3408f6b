package import Identity
import Policy
package import StrictCoding

/// The verified identity behind a request to one server.
package struct Caller: Sendable {
    /// An envelope with less left than this is refused: it would die on the way.
    static let leastSecondsLeft: Int64 = 5

    package let token: AccessToken
    package let principal: Principal
    /// The identity provider's session or one derived for this token; never what a client says.
    package let sessionID: ByteString
    package let confidence: Confidence

    /// Checks what depends on the server and on the moment, which a cached token has not been checked for.
    init(_ token: AccessToken, epoch: Epoch, server: Int, now: UnixTime) throws(Refusal) {
        let accepted = epoch.audiences(server: server, issuer: token.issuerIndex)
        guard token.audiences.contains(where: accepted.contains) else { throw .token(.wrongAudience) }
        guard token.expires - now > -TokenChecks.skewSeconds else { throw .token(.expired) }
        guard token.expires - now >= Self.leastSecondsLeft else { throw .token(.aboutToExpire) }
        guard let tenant = token.tenant else { throw .tenantUnknown }
        self.token = token
        principal = Principal(
            issuer: token.issuer, tenant: tenant, subject: token.subject, kind: token.kind, clientID: token.clientID,
            agentID: token.agent.id)
        let credential = token.tokenID ?? ByteString(token.digest)
        sessionID = token.session ?? principal.sessionID(credential: credential, key: epoch.secrets.sessionName)
        confidence = Confidence(estimating: token.agent.isVouchedFor ? [] : [.agentID])
    }
}
