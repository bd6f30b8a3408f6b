package import HTTPCodec
import StrictCoding

/// The permission to send one call to its service. Only `EgressExchange` makes one, after the call was attributed,
/// allowed, recorded and given its credential; it is spent by making the `OutboundRequest`, and cannot be spent twice.
package struct Warrant: ~Copyable {
    fileprivate let draft: OutboundDraft
    /// Judges the answer.
    package let filter: ServiceResponseFilter

    init(_ draft: OutboundDraft, filter: ServiceResponseFilter) {
        self.draft = draft
        self.filter = filter
    }
}

/// What a warrant allows to be sent.
struct OutboundDraft: Sendable {
    let service: Int
    let method: Method
    let target: [UInt8]
    let fields: FieldBlock
    let framing: BodyFraming
    let mayRepeat: Bool
}

/// A call on its way to its service. It has no initialiser from a server's head: its fields started from none, so
/// neither the envelope nor a handle has a way in.
package struct OutboundRequest: Sendable {
    /// Position of the service in the policy.
    package let service: Int
    package let method: Method
    package let target: [UInt8]
    /// Everything but the framing, which the wire adds.
    package let fields: FieldBlock
    /// As the server framed its body.
    package let framing: BodyFraming
    /// Whether doing it twice is no more than doing it once (RFC 9110, section 9.2.1).
    package let mayRepeat: Bool

    package init(spending warrant: consuming Warrant) {
        service = warrant.draft.service
        method = warrant.draft.method
        target = warrant.draft.target
        fields = warrant.draft.fields
        framing = warrant.draft.framing
        mayRepeat = warrant.draft.mayRepeat
    }
}
