import AuditReading
import StrictCoding

/// A record of a request, or of a call that a server made for one, as far as a diagnosis reads it.
struct RequestEntry: Sendable {
    enum Event: String {
        case requestAccepted = "ingress.accepted"
        case requestDenied = "ingress.denied"
        case requestFailed = "ingress.failed"
        case callIntended = "egress.intent"
        case callEnded = "egress.result"
        case callDenied = "egress.denied"
    }

    let event: Event
    private let entry: AuditEntry

    /// Nil for a line about anything else.
    init?(_ line: [UInt8]) {
        guard let entry = AuditEntry(line), let event = Event(rawValue: entry.event.string) else { return nil }
        self.event = event
        self.entry = entry
    }

    subscript(_ field: StaticString) -> ByteString? { entry[field] }

    func number(_ field: StaticString) -> Int64? { entry.number(field) }

    func list(_ field: StaticString) -> [ByteString] { entry.list(field) }
}
