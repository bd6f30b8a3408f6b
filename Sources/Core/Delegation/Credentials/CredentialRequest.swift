package import Admission
package import Identity
package import Policy
package import StrictCoding

/// A token that is wanted from an authorization server, with everything that decides which one it is. Immutable, and
/// passed on by reference.
package final class CredentialRequest: Sendable {
    /// Equal for two requests only when any token for one serves the other.
    package let key: CredentialKey
    package let grant: CredentialGrant
    /// For the quota of the cache: nobody's tokens push out everybody's. `nil` for the gateway's own.
    package let tenant: ByteString?
    /// The token is not used longer than this: the end of the access token behind it.
    package let notAfter: UnixTime?
    /// Of the policy in which the grant's positions mean something: under another one they could name another
    /// authorization server.
    package let policyDigest: ByteString

    package init(
        key: CredentialKey, grant: CredentialGrant, tenant: ByteString?, notAfter: UnixTime?,
        policyDigest: ByteString = ""
    ) {
        self.policyDigest = policyDigest
        self.key = key
        self.grant = grant
        self.tenant = tenant
        self.notAfter = notAfter
    }
}

/// What is asked of the token endpoint.
package enum CredentialGrant: Sendable {
    case clientCredentials(ClientCredentials)
    case exchange(ExchangeGrant)

    /// Position in `PolicySet.clients`.
    package var client: Int {
        switch self {
        case .clientCredentials(let settings): settings.client
        case .exchange(let grant): grant.settings.client
        }
    }
}

/// A token for a user in exchange for what speaks for the user.
package struct ExchangeGrant: Sendable {
    package let settings: TokenExchange
    /// Delegation names the agent where it can; impersonation never does (RFC 8693, section 1.1).
    package let mode: DelegationMode
    /// Exactly what is asked for: the service's scopes that the actor has; never empty.
    package let scopes: [ByteString]
    package let principal: Principal
    package let actors: ActorChain
    /// `nil` where the subject is an assertion.
    package let subjectToken: SealedToken?
    /// Opens `subjectToken`, and names the call in assertions.
    package let transaction: ByteString

    package init(
        settings: TokenExchange, mode: DelegationMode, scopes: [ByteString], principal: Principal, actors: ActorChain,
        subjectToken: SealedToken?, transaction: ByteString
    ) {
        self.settings = settings
        self.mode = mode
        self.scopes = scopes
        self.principal = principal
        self.actors = actors
        self.subjectToken = subjectToken
        self.transaction = transaction
    }
}
