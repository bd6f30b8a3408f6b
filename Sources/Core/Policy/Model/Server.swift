package import StrictCoding

/// `servers.S`: an MCP server in front of which the gateway stands.
package struct Server: Sendable {
    package enum UpstreamAuth: String, Sendable {
        case none
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
    package let upstream: HTTPURL
    /// Positions in `PolicySet.issuers`; the first is published.
    package let issuers: [Int]
    /// All scopes that this server knows, in the order of the file.
    package let scopes: [ByteString]
    package let rules: RuleBook
    package let delegation: DelegationGrant
    package let upstreamAuth: UpstreamAuth
    package let auditHeaders: AuditHeaderForm
    package let denyAs: DenyAs
    /// Browser origins allowed, as they stand in an Origin field.
    package let origins: [ByteString]

    /// What the policy says about one message to this server.
    package func verdict(for question: Question) -> Verdict {
        rules.verdict(for: question)
    }
}

/// `services.V`: a downstream API.
package struct DownstreamService: Sendable {
    package let name: ByteString
    package let url: HTTPURL
    package let mode: ServiceMode
}
