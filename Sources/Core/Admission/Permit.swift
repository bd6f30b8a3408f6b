package import HTTPCodec
package import Identity
import StrictCoding

/// The permission to send one message to its MCP server. Only `IngressExchange` makes one, after the policy allowed it
/// and the envelope was minted; it is spent by making the `UpstreamRequest`, and cannot be spent twice.
package struct Permit: ~Copyable {
    fileprivate let draft: UpstreamDraft
    /// Needed to keep the envelope out of the answer.
    package let envelope: Envelope
    /// What the audit record of the decision says.
    package let trail: IngressTrail

    init(_ draft: UpstreamDraft, envelope: Envelope, trail: IngressTrail) {
        self.draft = draft
        self.envelope = envelope
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

    package init(spending permit: consuming Permit) {
        server = permit.draft.server
        method = permit.draft.method
        target = permit.draft.target
        fields = permit.draft.fields
        body = permit.draft.body
        mayRepeat = permit.draft.mayRepeat
    }
}
