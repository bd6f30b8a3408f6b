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

/// What a permit allows to be sent. Passed on by reference, since a request is asked for its parts in many places.
final class UpstreamDraft: Sendable {
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

    init(
        server: Int, method: Method, target: [UInt8], fields: FieldBlock, body: [UInt8], mayRepeat: Bool,
        principal: Principal, scopes: [ByteString], transaction: Transaction?, watchedID: [UInt8]?
    ) {
        self.server = server
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.mayRepeat = mayRepeat
        self.principal = principal
        self.scopes = scopes
        self.transaction = transaction
        self.watchedID = watchedID
    }
}

/// A request on its way to an MCP server. It has no initialiser from a client's head: its fields started from none, so
/// the client's token has no way in.
package struct UpstreamRequest: Sendable {
    /// Position of the server in the policy.
    package var server: Int { draft.server }
    package var method: Method { draft.method }
    package var target: [UInt8] { draft.target }
    /// Everything but the framing, which the wire adds.
    package var fields: FieldBlock { draft.fields }
    package var body: [UInt8] { draft.body }
    /// Whether doing it twice is no more than doing it once. A tool call may never be sent again, however it was lost:
    /// it may have been carried out, and there is one record of it (RFC 9110, section 9.2.2).
    package var mayRepeat: Bool { draft.mayRepeat }
    /// For whom it is, and with which scopes, those of the envelope: a launched server has an instance for each such
    /// pair.
    package var principal: Principal { draft.principal }
    package var scopes: [ByteString] { draft.scopes }
    /// What the server may do for this request while it lasts; `nil` where it may not call services.
    package var transaction: Transaction? { draft.transaction }
    /// The raw JSON id whose answer ends the request's work, for requests that do work.
    package var watchedID: [UInt8]? { draft.watchedID }

    private let draft: UpstreamDraft

    package init(spending permit: consuming Permit) {
        draft = permit.draft
    }
}
