package import StrictCoding

/// The audit record of one step of a server's outbound call: what was intended, what came of it, or why it was denied.
/// Never a token, an argument or a result. An object, as `IngressRecord` is.
package final class EgressRecord: Sendable {
    package enum Event: Sendable, Equatable {
        /// Durable before any credential is asked for and any byte is sent.
        case intent
        /// After an intent: what the caller was told.
        case result(status: Int, reason: String?, durationMicroseconds: Int64)
        /// Instead of an intent.
        case denied(reason: String, status: Int)
    }

    package let event: Event
    package let trail: EgressTrail
    package let policyDigest: ByteString

    package init(_ event: Event, _ trail: EgressTrail, policyDigest: ByteString) {
        self.event = event
        self.trail = trail
        self.policyDigest = policyDigest
    }

    /// Whether this is the refusal of a caller that no presenter secret names, which anybody can cause as often as they
    /// like.
    package var isOfNobody: Bool {
        guard case .denied = event else { return false }
        return trail.presenter == nil
    }
}
