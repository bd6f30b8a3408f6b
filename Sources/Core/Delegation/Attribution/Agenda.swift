/// Which positions of a table fall due in which second. Entering and striking out take constant time; finding what is due
/// takes a step for each second since the last look.
struct Agenda: Sendable {
    private var seconds: [Int64: SlotList] = [:]
    private var links = SlotLinks()
    /// Nothing is entered for an earlier second.
    private var position: Int64 = 0

    /// A position that is not entered.
    mutating func enter(_ slot: Int, at second: Int64) {
        if seconds.isEmpty || second < position { position = second }
        links.append(slot, to: &seconds[second, default: SlotList()])
    }

    /// A position that is entered for this second.
    mutating func strike(_ slot: Int, at second: Int64) {
        guard let index = seconds.index(forKey: second) else { preconditionFailure("what is struck out was entered") }
        links.remove(slot, from: &seconds.values[index])
        if seconds.values[index].isEmpty { seconds.remove(at: index) }
    }

    /// One that is due now or was earlier, the earliest second first. It stays until it is struck out.
    mutating func due(now: Int64) -> (slot: Int, second: Int64)? {
        guard position <= now, !seconds.isEmpty else { return nil }
        if position < now - Int64(seconds.count), let earliest = seconds.keys.min() {
            // A clock that jumped, or a long rest: fewer entries than seconds.
            position = min(earliest, now)
        }
        while position <= now {
            if let slot = seconds[position]?.oldest { return (slot, position) }
            position += 1
        }
        return nil
    }
}
