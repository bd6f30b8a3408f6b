package import Identity
package import StrictCoding

/// What a verified access token says, in the gateway's own terms, whichever claims its issuer uses for it.
///
/// Made once for each token and passed on by reference.
package final class AccessToken: Sendable {
    /// Position of the issuer in the policy.
    package let issuerIndex: Int
    package let issuer: ByteString
    package let subject: ByteString
    package let kind: ActorKind
    /// `nil` when the policy takes the tenant from a claim that this token lacks or maps nowhere.
    package let tenant: ByteString?
    package let clientID: ByteString
    package let agent: ActingAgent
    package let audiences: [ByteString]
    /// Sorted by bytes; `nil` when the token says nothing about scopes.
    package let scopes: [ByteString]?
    /// `exp`, in seconds since 1970, rounded down.
    package let expires: UnixTime
    /// The identity provider's session (`sid`), when it names one.
    package let session: ByteString?
    package let tokenID: ByteString?
    /// The claim that the policy shows to people in audit records.
    package let name: ByteString?
    /// SHA-256 of the token's bytes: names the token without being one.
    package let digest: [UInt8]

    init(
        issuerIndex: Int, issuer: ByteString, subject: ByteString, kind: ActorKind, tenant: ByteString?,
        clientID: ByteString, agent: ActingAgent, audiences: [ByteString], scopes: [ByteString]?, expires: UnixTime,
        session: ByteString?, tokenID: ByteString?, name: ByteString?, digest: [UInt8]
    ) {
        self.issuerIndex = issuerIndex
        self.issuer = issuer
        self.subject = subject
        self.kind = kind
        self.tenant = tenant
        self.clientID = clientID
        self.agent = agent
        self.audiences = audiences
        self.scopes = scopes
        self.expires = expires
        self.session = session
        self.tokenID = tokenID
        self.name = name
        self.digest = digest
    }
}

extension AccessToken: Equatable {
    package static func == (left: AccessToken, right: AccessToken) -> Bool {
        left.issuerIndex == right.issuerIndex && left.issuer == right.issuer && left.subject == right.subject
            && left.kind == right.kind && left.tenant == right.tenant && left.clientID == right.clientID
            && left.agent == right.agent && left.audiences == right.audiences && left.scopes == right.scopes
            && left.expires == right.expires && left.session == right.session && left.tokenID == right.tokenID
            && left.name == right.name && left.digest == right.digest
    }
}

/// Who executes, as far as the token or the operator vouches for it.
package struct ActingAgent: Sendable, Equatable {
    package let id: ByteString
    /// The agent and those that delegated to it, outermost first; empty when nobody vouches for the id, and when the
    /// agent acts for itself.
    package let chain: [ActorChain.Actor]
    /// Whether the id came from a credential or from the operator's map, rather than from a bare client id.
    package let isVouchedFor: Bool

    /// Named by the token or by the operator, and acting for the token's subject.
    init(chain: [ActorChain.Actor]) {
        precondition(!chain.isEmpty, "a chain names the agent first")
        id = chain[0].subject
        self.chain = chain
        isVouchedFor = true
    }

    /// Named by the token or by the operator, and itself the token's subject: no delegation (RFC 8693, section 1.1).
    init(itself id: ByteString) {
        self.id = id
        chain = []
        isVouchedFor = true
    }

    /// Named by nobody but itself.
    init(clientID: ByteString?) {
        id = clientID.map { ByteString("client:".utf8 + $0.bytes) } ?? "unknown"
        chain = []
        isVouchedFor = false
    }

    /// Ids that say that nobody vouches for an agent, which therefore nobody may claim.
    static func isReserved(_ id: ByteString) -> Bool {
        id == "unknown" || id.bytes.starts(with: "client:".utf8)
    }
}
