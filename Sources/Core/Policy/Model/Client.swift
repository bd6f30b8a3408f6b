package import StrictCoding

/// `clients.C`: one of the gateway's own registrations at an authorization server.
package struct ClientRegistration: Sendable, Hashable {
    /// How the gateway proves at the token endpoint that it is this client (RFC 6749, section 2.3; RFC 7523).
    package enum Authentication: Sendable, Hashable {
        case secretBasic(SecretReference)
        case secretPost(SecretReference)
        /// A P-256 private key in PEM.
        case privateKeyJWT(SecretReference)
    }

    package let name: ByteString
    /// Position in `PolicySet.issuers`.
    package let issuer: Int
    package let clientID: ByteString
    package let authentication: Authentication
    /// Pinned by the policy; else read from the issuer's metadata, where it must have the issuer's own origin.
    package let tokenEndpoint: HTTPURL?
    package let introspectionEndpoint: HTTPURL?
    /// `aud` of client assertions where it is not the issuer: some servers insist on their token endpoint.
    package let assertionAudience: ByteString?

    package init(
        name: ByteString, issuer: Int, clientID: ByteString, authentication: Authentication,
        tokenEndpoint: HTTPURL? = nil, introspectionEndpoint: HTTPURL? = nil, assertionAudience: ByteString? = nil
    ) {
        self.name = name
        self.issuer = issuer
        self.clientID = clientID
        self.authentication = authentication
        self.tokenEndpoint = tokenEndpoint
        self.introspectionEndpoint = introspectionEndpoint
        self.assertionAudience = assertionAudience
    }
}
