package import StrictCoding

/// `servers.S`: an MCP server in front of which the gateway stands. Immutable, and passed on by reference: every request
/// asks for it several times.
package final class Server: Sendable {
    /// Where its MCP endpoint is.
    package enum Endpoint: Sendable, Hashable {
        /// A server that runs already.
        case upstream(HTTPURL)
        /// One that the gateway runs.
        case launch(LaunchSettings)
    }

    /// What the server gets as `Authorization`; never the client's token.
    package enum UpstreamAuth: String, Sendable {
        case none
        /// A name for the transaction that means nothing to anybody but this gateway's egress.
        case handle
    }

    /// How egress recognises the server: a secret in the first segment of its base URL.
    package enum Presenter: Sendable, Hashable {
        /// Made and kept in the key directory; for a launched server, each instance has one of its own.
        case generated
        case given(SecretReference)
    }

    package enum AuditHeaderForm: String, Sendable {
        case full
        case pseudonymous
        case none
    }

    /// How a refusal by policy is told to an MCP client.
    package enum DenyAs: String, Sendable {
        case auto
        case http403
        case jsonrpc
        case toolError = "tool_error"
    }

    package let name: ByteString
    /// The public route: begins with a slash, does not end with one, no dot segments, nothing percent-encoded.
    package let path: ByteString
    /// The public URL: origin and path. The OAuth resource identifier and the default audience.
    package let resourceURL: ByteString
    package let endpoint: Endpoint
    /// Who vouches for an https upstream.
    package let authority: CertificateAuthority
    /// Positions in `PolicySet.issuers`; the first is published.
    package let issuers: [Int]
    /// All scopes that this server knows, in the order of the file.
    package let scopes: [ByteString]
    package let rules: RuleBook
    package let delegation: DelegationGrant
    /// Positions in `PolicySet.services`, in the order of `delegation.allowed`.
    package let services: [Int]
    /// Whether a call of one of its services needs the access token with which the user came.
    package let needsOriginalToken: Bool
    package let presenter: Presenter
    package let upstreamAuth: UpstreamAuth
    package let auditHeaders: AuditHeaderForm
    package let denyAs: DenyAs
    /// Browser origins allowed, as they stand in an Origin field.
    package let origins: [ByteString]

    init(
        name: ByteString, path: ByteString, resourceURL: ByteString, endpoint: Endpoint,
        authority: CertificateAuthority, issuers: [Int], scopes: [ByteString], rules: RuleBook,
        delegation: DelegationGrant, services: [Int], needsOriginalToken: Bool, presenter: Presenter,
        upstreamAuth: UpstreamAuth, auditHeaders: AuditHeaderForm, denyAs: DenyAs, origins: [ByteString]
    ) {
        self.name = name
        self.path = path
        self.resourceURL = resourceURL
        self.endpoint = endpoint
        self.authority = authority
        self.issuers = issuers
        self.scopes = scopes
        self.rules = rules
        self.delegation = delegation
        self.services = services
        self.needsOriginalToken = needsOriginalToken
        self.presenter = presenter
        self.upstreamAuth = upstreamAuth
        self.auditHeaders = auditHeaders
        self.denyAs = denyAs
        self.origins = origins
    }

    /// What the policy says about one message to this server.
    package func verdict(for question: Question) -> Verdict {
        rules.verdict(for: question)
    }
}
