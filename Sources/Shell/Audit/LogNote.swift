package import StrictCoding

/// What the gateway and the log itself put on record, beside requests and calls.
package enum LogNote: Sendable {
    /// The first record of each segment: all that is needed to go on without those before it.
    case opened(LogDescription, tree: [ByteString])
    /// The gateway was started and goes on with a segment.
    case started(LogDescription)
    /// The gateway ended as it should.
    case stopped
    /// A line that was not written to its end was put into a file of its own.
    case recovered(sha256: ByteString, length: Int, file: ByteString)
    /// Records that were not taken, or not kept by the disk, since the last such note.
    case lost(AuditLoss)
    /// A policy is in force from here on.
    case configLoaded(policyHash: ByteString, previous: ByteString?, isReload: Bool)
    /// A key signs from here on.
    case keyRotated(purpose: ByteString, keyID: ByteString)

    var event: String {
        switch self {
        case .opened: "audit.opened"
        case .started: "audit.started"
        case .stopped: "audit.stopped"
        case .recovered: "audit.recovered"
        case .lost: "audit.lost"
        case .configLoaded: "config.loaded"
        case .keyRotated: "key.rotated"
        }
    }
}

/// What a log says of itself.
package struct LogDescription: Sendable, Equatable {
    /// `<host>/audit/<ULID>`: this log and no other.
    package let origin: ByteString
    /// The key that checkpoints are verified with (C2SP signed-note).
    package let vkey: ByteString
    let mode: AuditMode
    let ingress: AuditIngress
    /// Of the gateway.
    let version: ByteString
    let policyHash: ByteString
    /// Of this run of the gateway.
    let instance: ByteString
}

/// What happens to requests whose records cannot be written.
package enum AuditMode: String, Sendable {
    /// They are refused.
    case required
    /// They are made, and the loss is counted and put on record.
    case bestEffort = "best_effort"
}

/// What a request waits for before it is forwarded.
package enum AuditIngress: String, Sendable {
    case enqueued
    case durable
}
