package import Crypto
package import Identity
package import Policy
package import StrictCoding

/// An access token for a user that the gateway signs itself (RFC 9068), for a service that trusts its keys.
///
/// Another issuer and another key than envelopes have: neither can be taken for the other.
package struct ReissuedToken: Sendable {
    package let settings: Reissue
    /// What the service may get of what the actor has; never empty.
    package let scopes: [ByteString]
    /// `sub`: unique among all for whom the gateway gives out tokens.
    package let subject: ByteString
    package let principal: Principal
    package let actors: ActorChain
    package let tokenID: ByteString
    package let issued: UnixTime
    /// The token does not outlive the one with which the user came.
    package let notAfter: UnixTime

    package init(
        settings: Reissue, scopes: [ByteString], subject: ByteString, principal: Principal, actors: ActorChain,
        tokenID: ByteString,
        issued: UnixTime, notAfter: UnixTime
    ) {
        self.settings = settings
        self.scopes = scopes
        self.subject = subject
        self.principal = principal
        self.actors = actors
        self.tokenID = tokenID
        self.issued = issued
        self.notAfter = notAfter
    }

    /// - Parameters:
    ///   - issuer: `<public_url>/reissue`.
    ///   - client: who uses the token: the gateway, by its public URL.
    package func signed(
        issuer: ByteString, client: ByteString, key: SigningKey, keyID: ByteString
    ) throws(CryptoError) -> Credential {
        let expires = min(issued + Int64(settings.lifetimeSeconds), notAfter)
        let token = try SignedStatement.sign(type: "at+jwt", key: key, keyID: keyID) { claims in
            claims.member("iss", issuer)
            claims.member("sub", subject)
            claims.member("aud", settings.audience)
            claims.member("client_id", client)
            claims.member("scope", ByteString(scopes.map(\.bytes).joined(separator: CollectionOfOne(0x20))))
            claims.lifetime(from: issued, to: expires)
            claims.member("jti", tokenID)
            claims.member("tenant", principal.tenant)
            claims.act(actors.actors[...])
        }
        return Credential(token: token, expires: expires, scopes: scopes, audience: settings.audience)
    }
}
