import Synchronization

/// What the writer has done so far, for others to read.
final class AuditTally: Sendable {
    /// Records that were offered, and written.
    let written = Atomic<Int>(0)
    /// Those, and what the log said itself.
    let lines = Atomic<Int>(0)
    let bytes = Atomic<Int>(0)
    /// Segments that were ended.
    let segments = Atomic<Int>(0)
    let syncs = Atomic<Int>(0)
    let syncMicroseconds = Atomic<Int>(0)
    /// Appends and syncs that failed.
    let failures = Atomic<Int>(0)
    /// Losses that the log itself tells of.
    let stated = Atomic<Int>(0)
    /// Records that were taken and not written before the end.
    let lost = Atomic<Int>(0)
    let rotationFails = AuditFlag()
    let checkpointFails = AuditFlag()
}

/// Whether something is so, for others to read.
final class AuditFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    /// - Returns: whether it was otherwise before.
    func set(_ value: Bool) -> Bool { flag.exchange(value, ordering: .relaxed) != value }
}

/// What happens to the log, for the people who run it.
package enum AuditReport: Sendable, Equatable {
    /// Records can be written again.
    case healthy
    case failing(errno: Int32)
    /// A line that a crash tore was set aside.
    case recovered(file: String, bytes: Int)
    /// Another segment has begun, with this `seq`.
    case rotated(first: Int)
    /// The segment goes on.
    case rotationFailing(errno: Int32)
    case checkpointFailing(errno: Int32)
    /// So many records are missing, and the log says so.
    case lost(records: Int)
}

/// What a log has done since it was opened.
package struct AuditCounters: Sendable, Equatable {
    package let records: Int
    package let lines: Int
    package let bytes: Int
    package let segments: Int
    package let syncs: Int
    package let syncSeconds: Double
    package let failures: Int
    package let lost: Int
    /// Of the last checkpoint, where there is one.
    package let checkpointSize: Int?
    package let checkpointAge: Double?
}
