package import HTTPCodec
package import Identity
package import StrictCoding

/// The permission to send one message to its MCP server. Only `IngressExchange` makes one, after the policy allowed it
/// and the envelope was minted; it is spent by making the `UpstreamRequest`, and cannot be spent twice.
package struct Permit: ~Copyable {
    fileprivate let draft: UpstreamDraft
    /// Needed to keep the envelope out of the answer.
    package let envelope: Envelope
    /// Likewise, where the server gets one.
    package let handle: Handle?
    /// What the audit record of the decision says.
    package let trail: IngressTrail

    init(_ draft: UpstreamDraft, envelope: Envelope, handle: Handle?, trail: IngressTrail) {
        self.draft = draft
        self.envelope = envelope
        self.handle = handle
        self.trail = trail
    }
}

/// What a permit allows to be sent.
struct UpstreamDraft: Sendable {
    let server: Int
    let method: Method
    let target: [UInt8]
    let fields: FieldBlock
    let body: [UInt8]
    let mayRepeat: Bool
    let principal: Principal
    let scopes: [ByteString]
    let transaction: Transaction?
    let watchedID: [UInt8]?
}

/// A request on its way to an MCP server. It has no initialiser from a client's head: its fields started from none, so
/// the client's token has no way in.
package struct UpstreamRequest: Sendable {
    /// Position of the server in the policy.
    package let server: Int
    package let method: Method
    package let target: [UInt8]
    /// Everything but the framing, which the wire adds.
    package let fields: FieldBlock
    package let body: [UInt8]
    /// Whether doing it twice is no more than doing it once. A tool call may never be sent again, however it was lost:
    /// it may have been carried out, and there is one record of it (RFC 9110, section 9.2.2).
    package let mayRepeat: Bool
    /// For whom it is, and with which scopes, those of the envelope: a launched server has an instance for each such
    /// pair.
    package let principal: Principal
    package let scopes: [ByteString]
    /// What the server may do for this request while it lasts; `nil` where it may not call services.
    package let transaction: Transaction?
    /// The raw JSON id whose answer ends the request's work, for requests that do work.
    package let watchedID: [UInt8]?

    package init(spending permit: consuming Permit) {
        server = permit.draft.server
        method = permit.draft.method
        target = permit.draft.target
        fields = permit.draft.fields
        body = permit.draft.body
        mayRepeat = permit.draft.mayRepeat
        principal = permit.draft.principal
        scopes = permit.draft.scopes
        transaction = permit.draft.transaction
        watchedID = permit.draft.watchedID
    }
}
