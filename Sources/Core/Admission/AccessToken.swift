package import Identity
package import StrictCoding

/// What a verified access token says, in the gateway's own terms, whichever claims its issuer uses for it.
package struct AccessToken: Sendable, Equatable {
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
