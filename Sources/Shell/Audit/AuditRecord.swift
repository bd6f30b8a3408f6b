package import Admission
package import Delegation

/// What the audit log takes: one record for each ingress decision, two for each outbound call of a server, and what the
/// gateway and the log do themselves. Small, since queue, batch and writer hand it on.
package enum AuditRecord: Sendable {
    case ingress(IngressRecord)
    case egress(EgressRecord)
    indirect case note(LogNote)

    /// Whether this is the refusal of somebody unknown, which anybody can cause as often as they like.
    var isOfNobody: Bool {
        switch self {
        case .ingress(let record): record.isOfNobody
        case .egress(let record): record.isOfNobody
        case .note: false
        }
    }

    /// Whether this is on the way out already: nothing waits for its record.
    var isRefusal: Bool {
        switch self {
        case .ingress(let record):
            if case .denied = record.decision { true } else { false }
        case .egress(let record):
            if case .denied = record.event { true } else { false }
        case .note: false
        }
    }

    /// Whether this tells what became of something that is on record as begun. Refusing it would undo nothing.
    var isResult: Bool {
        switch self {
        case .ingress(let record):
            if case .failed = record.decision { true } else { false }
        case .egress(let record):
            if case .result = record.event { true } else { false }
        case .note: true
        }
    }
}
