/// Records on their way to the file, with those who wait until they are on the disk. Its storage is used again and
/// again.
struct AuditBatch {
    /// Of each queue, in order.
    private(set) var entries: [[AuditQueue.Entry]]
    private(set) var count = 0
    private var hasWaiting = false

    init(queues: Int) {
        entries = Array(repeating: [], count: queues)
    }

    var isEmpty: Bool { count == 0 }
    var isAwaited: Bool { hasWaiting }

    /// What could not be written is tried again before anything new is taken, so that memory stays bounded.
    mutating func take(from queues: [AuditQueue]) {
        for index in queues.indices {
            queues[index].drain(into: &entries[index])
            count += entries[index].count
        }
        hasWaiting = entries.contains { $0.contains { $0.answer != nil } }
    }

    /// Those who wait, who from now on do not, by their queues.
    mutating func release() -> [[AuditQueue.Answer]] {
        guard hasWaiting else { return [] }
        hasWaiting = false
        return entries.indices.map { queue in
            entries[queue].indices.compactMap { entries[queue][$0].answer.take() }
        }
    }

    mutating func clear() {
        for index in entries.indices { entries[index].removeAll(keepingCapacity: true) }
        count = 0
        hasWaiting = false
    }
}
