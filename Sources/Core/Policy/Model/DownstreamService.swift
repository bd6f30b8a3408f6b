package import StrictCoding

/// `services.V`: a downstream API that MCP servers call through the gateway.
package struct DownstreamService: Sendable {
    /// What identifies the caller to the API.
    package enum Credential: Sendable, Hashable {
        /// The gateway's own account, by client credentials (RFC 6749, section 4.4).
        case clientCredentials(ClientCredentials)
        /// The gateway's own account, by a fixed bearer token.
        case bearer(SecretReference)
        /// The gateway's own account, by a fixed field of that name.
        case header(name: ByteString, value: SecretReference)
        /// A token for the user that the issuer gives in exchange (RFC 8693).
        case exchange(TokenExchange)
        /// A token for the user that the gateway signs itself.
        case reissue(Reissue)
    }

    /// What the API learns of the actor besides the credential.
    package enum IdentityForm: String, Sendable {
        /// Audit headers only.
        case headers
        /// And an envelope minted for this service.
        case envelope
    }

    package let name: ByteString
    /// Scheme, host, port and path prefix that calls may reach.
    package let url: HTTPURL
    package let mode: ServiceMode
    package let credential: Credential
    package let identity: IdentityForm
    /// Of the same house: it gets the actor's own name in the audit headers, others a pseudonym.
    package let isInternal: Bool
    /// What may be called; everything else is denied.
    package let allow: [AccessRule]
    /// Whether its name may resolve to an address that is not global.
    package let allowPrivate: Bool
    /// Who vouches for an https URL.
    package let authority: CertificateAuthority

    package init(
        name: ByteString, url: HTTPURL, mode: ServiceMode, credential: Credential, identity: IdentityForm = .headers,
        isInternal: Bool = false, allow: [AccessRule], allowPrivate: Bool = false,
        authority: CertificateAuthority = .system
    ) {
        self.name = name
        self.url = url
        self.mode = mode
        self.credential = credential
        self.identity = identity
        self.isInternal = isInternal
        self.allow = allow
        self.allowPrivate = allowPrivate
        self.authority = authority
    }

    /// Whether calls need the access token with which the user came.
    package var needsOriginalToken: Bool {
        if case .exchange(let exchange) = credential { exchange.subject == .originalToken } else { false }
    }
}

/// `services.V.credential: {client, scopes}`.
package struct ClientCredentials: Sendable, Hashable {
    /// Position in `PolicySet.clients`.
    package let client: Int
    package let scopes: [ByteString]
    package let audience: ByteString?
    /// RFC 8707.
    package let resource: ByteString?

    package init(client: Int, scopes: [ByteString], audience: ByteString? = nil, resource: ByteString? = nil) {
        self.client = client
        self.scopes = scopes
        self.audience = audience
        self.resource = resource
    }
}

/// `services.V.exchange`.
package struct TokenExchange: Sendable, Hashable {
    package enum Flavor: String, Sendable {
        case rfc8693
        /// Microsoft Entra's on-behalf-of flow: a JWT bearer grant with `requested_token_use=on_behalf_of`.
        case entraOBO = "entra_obo"
    }

    package enum Subject: String, Sendable {
        /// The access token with which the user came.
        case originalToken = "original_token"
        /// A short-lived statement about the user that the gateway signs for this authorization server alone.
        case assertion
    }

    package enum Actor: String, Sendable {
        case none
        /// The agent, by a statement that the gateway signs as this client.
        case client
    }

    /// How it is made sure for whom and for what the token is.
    package enum Verification: String, Sendable {
        /// It is a JWT of this issuer that says so itself.
        case token
        /// The issuer says so when it is asked (RFC 7662).
        case introspection
        /// The issuer gives this client tokens for one audience only, and does not write it into them.
        case fixedAudience = "fixed_audience"
    }

    package let client: Int
    package let flavor: Flavor
    package let audience: ByteString?
    package let resource: ByteString?
    /// What is asked for, as far as the actor has it (for `entra_obo`: what is asked for).
    package let scopes: [ByteString]
    package let subject: Subject
    package let actor: Actor
    package let requireAct: Bool
    package let verification: Verification

    package init(
        client: Int, flavor: Flavor = .rfc8693, audience: ByteString? = nil, resource: ByteString? = nil,
        scopes: [ByteString], subject: Subject = .originalToken, actor: Actor = .none, requireAct: Bool = false,
        verification: Verification = .token
    ) {
        self.client = client
        self.flavor = flavor
        self.audience = audience
        self.resource = resource
        self.scopes = scopes
        self.subject = subject
        self.actor = actor
        self.requireAct = requireAct
        self.verification = verification
    }
}

/// `services.V.reissue`.
package struct Reissue: Sendable, Hashable {
    package let audience: ByteString
    package let scopes: [ByteString]
    package let lifetimeSeconds: Int
    /// Why the gateway may speak for users here; for people.
    package let reason: ByteString

    package init(audience: ByteString, scopes: [ByteString], lifetimeSeconds: Int, reason: ByteString) {
        self.audience = audience
        self.scopes = scopes
        self.lifetimeSeconds = lifetimeSeconds
        self.reason = reason
    }
}
