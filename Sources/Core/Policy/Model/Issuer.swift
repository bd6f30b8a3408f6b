package import StrictCoding

/// `issuers.X`: an authorization server that may vouch for a caller, and where its tokens say what.
package struct Issuer: Sendable {
    package enum Profile: String, Sendable {
        case generic
        case rfc9068
    }

    package enum Tenant: Sendable {
        case label(ByteString)
        /// The label that the map gives to the claim's value; without a map the value itself, when it is a label.
        case claim(ByteString, map: [ByteString: ByteString]?)
    }

    /// Its name in the policy.
    package let name: ByteString
    /// Byte for byte the token's `iss`.
    package let issuer: ByteString
    /// The same as a URL.
    package let url: HTTPURL
    package let profile: Profile
    package let tenant: Tenant
    /// nil: the server's public URL is the audience.
    package let audiences: [ByteString]?
    /// JOSE names; nil: every algorithm that the key set supports.
    package let algorithms: [ByteString]?
    /// nil: found through the issuer's metadata.
    package let jwksURI: HTTPURL?
    package let allowPrivate: Bool
    /// Who vouches for its endpoints, and for the token endpoints of its clients.
    package let authority: CertificateAuthority
    /// Claims that override the profile's.
    package let subjectClaim: ByteString?
    package let scopesClaim: ByteString?
    /// The claim shown to people in audit.
    package let nameClaim: ByteString?
}

/// `agents.A`: the agent that a client registration at one issuer stands for.
package struct Agent: Sendable {
    package let name: ByteString
    /// Never `unknown`, never beginning with `client:`.
    package let id: ByteString
    /// Position in `PolicySet.issuers`.
    package let issuerIndex: Int
    package let clientID: ByteString
}
