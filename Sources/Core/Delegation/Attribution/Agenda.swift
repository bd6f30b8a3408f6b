import StrictCoding

/// What falls due in which second. Entering and striking out take constant time; finding what is due takes a step for
/// each second since the last look.
struct Agenda: Sendable {
    private var seconds: [Int64: Set<ByteString>] = [:]
    /// Nothing is entered for an earlier second.
    private var position: Int64 = 0

    mutating func enter(_ id: ByteString, at second: Int64) {
        if seconds.isEmpty || second < position { position = second }
        seconds[second, default: []].insert(id)
    }

    mutating func strike(_ id: ByteString, at second: Int64) {
        seconds[second]?.remove(id)
        if seconds[second]?.isEmpty == true { seconds[second] = nil }
    }

    /// Takes out one entry of `now` or earlier, the earliest second first.
    mutating func next(now: Int64) -> ByteString? {
        guard position <= now, !seconds.isEmpty else { return nil }
        if position < now - Int64(seconds.count), let earliest = seconds.keys.min() {
            // A clock that jumped, or a long rest: fewer entries than seconds.
            position = min(earliest, now)
        }
        while position <= now {
            if let id = seconds[position]?.first {
                strike(id, at: position)
                return id
            }
            position += 1
        }
        return nil
    }
}
