package import Identity
package import StrictCoding

/// The audit record of one step of a server's outbound call: what was intended, what came of it, or why it was denied.
/// Never a token, an argument or a result.
package struct EgressRecord: Sendable {
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

/// What is known of an outbound call so far. It grows as the call is understood.
package struct EgressTrail: Sendable {
    /// How the credential was come by.
    package enum Source: String, Sendable, Equatable {
        /// From memory.
        case hit
        /// From the authorization server, for this call or another one that waited with it.
        case miss
        /// Signed here.
        case reissued
        /// Fixed by the policy.
        case fixed
    }

    package var presenter: Presenter?
    /// The service's name in the policy.
    package var service: ByteString?
    /// Host and port of the service.
    package var host: ByteString?
    package var method: ByteString?
    /// The pattern of the policy that matched: paths hold identifiers of people and things.
    package var pathPattern: ByteString?
    /// `services.V.allow[N]`, where a rule covered the call.
    package var rule: ByteString?
    /// What the forwarded envelope says, once the call is attributed.
    package var claims: EnvelopeClaims?
    package var actorName: ByteString?
    package var attribution: Attribution?
    package var mode: DelegationMode?
    package var scopesRequested: [ByteString] = []
    package var scopesGranted: [ByteString] = []
    package var audience: ByteString?
    /// The first 16 hexadecimal digits of the SHA-256 of the token that was sent.
    package var tokenDigest: ByteString?
    package var source: Source?
    /// `jti` of the envelope that was minted for the service, if any.
    package var mintedEnvelope: ByteString?

    package init() {}

    /// Whether the API sees a token that says it is the user's.
    package var isUserToken: Bool { mode == .restrictedUser }
}
