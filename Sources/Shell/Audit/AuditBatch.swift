/// Records on their way to the sink, as lines, with those who wait until they are on the disk.
struct AuditBatch {
    private(set) var lines: [UInt8] = []
    private(set) var records = 0
    private var waiting: [AuditQueue.Answer] = []

    var isEmpty: Bool { records == 0 }
    var isAwaited: Bool { !waiting.isEmpty }

    mutating func take(from queues: [AuditQueue]) {
        for queue in queues {
            for entry in queue.drain() {
                lines += AuditLine.bytes(entry.record, microseconds: entry.microseconds)
                lines.append(0x0A)
                records += 1
                if let answer = entry.answer { waiting.append(answer) }
            }
        }
    }

    /// Those who wait, who from now on do not.
    mutating func release() -> [AuditQueue.Answer] {
        defer { waiting = [] }
        return waiting
    }
}
