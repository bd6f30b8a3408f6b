package import Identity
import Policy
package import StrictCoding

/// The audit record of one ingress decision: who asked whom for what, as whom, and what was decided by which rules.
/// Never a token, an argument or a result. An object, since several keep it and nobody changes it.
package final class IngressRecord: Sendable {
    package enum Decision: Sendable, Equatable {
        case accepted
        case denied(reason: String, status: Int)
        /// Accepted, recorded as such, and then not answered by the server.
        case failed(reason: String, status: Int)
    }

    package let decision: Decision
    package let trail: IngressTrail
    package let rules: [ByteString]
    package let server: ByteString?
    package let delegationMode: DelegationMode?
    package let policyDigest: ByteString
    package let confidence: Confidence?

    /// As the trail says.
    package var isForListening: Bool { trail.isForListening }

    /// Whether this is the refusal of somebody unknown, which anybody can cause as often as they like.
    package var isOfNobody: Bool {
        guard case .denied = decision else { return false }
        return trail.caller == nil
    }

    /// The record of a request that is about to be forwarded.
    package convenience init(accepted trail: IngressTrail, epoch: Epoch) {
        self.init(.accepted, trail, rules: trail.rules.map(\.text), epoch)
    }

    /// The record of a request that got `status` instead of its server's answer.
    ///
    /// - Parameter isAccepted: whether it is on record as let in.
    package convenience init(
        refused refusal: Refusal, status: Int, isAccepted: Bool = false, trail: IngressTrail, epoch: Epoch
    ) {
        let decision: Decision =
            isAccepted
            ? .failed(reason: refusal.code, status: status) : .denied(reason: refusal.code, status: status)
        self.init(decision, trail, rules: refusal.rules.map(\.text), epoch)
    }

    private init(_ decision: Decision, _ trail: IngressTrail, rules: [ByteString], _ epoch: Epoch) {
        let server = trail.server.map { epoch.policy.servers[$0] }
        self.decision = decision
        self.trail = trail
        self.rules = rules
        self.server = server?.name
        delegationMode = server.map { DelegationMode($0.delegation.mode) }
        policyDigest = epoch.policy.digest
        confidence = trail.caller?.confidence
    }
}
