package import Admission
package import Delegation

/// What the audit log takes: one record for each ingress decision, and two for each outbound call of a server.
package enum AuditRecord: Sendable {
    case ingress(IngressRecord)
    case egress(EgressRecord)

    /// Whether this is the refusal of somebody unknown, which anybody can cause as often as they like.
    var isOfNobody: Bool {
        switch self {
        case .ingress(let record): record.isOfNobody
        case .egress(let record): record.isOfNobody
        }
    }
}
