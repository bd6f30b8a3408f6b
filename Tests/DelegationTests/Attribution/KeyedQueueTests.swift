import StrictCoding
import Testing

@testable import Delegation

@Suite("Queues and agendas")
struct KeyedQueueTests {
    private func keys(_ queue: KeyedQueue<Int, String>) -> [Int] {
        var rest = queue
        var keys: [Int] = []
        while let oldest = rest.oldest {
            keys.append(oldest.key)
            rest.remove(oldest.key)
        }
        return keys
    }

    @Test(
        arguments: [
            (removing: [], renewing: [], left: [1, 2, 3, 4]),
            (removing: [1], renewing: [], left: [2, 3, 4]),
            (removing: [4], renewing: [], left: [1, 2, 3]),
            (removing: [2, 3], renewing: [], left: [1, 4]),
            (removing: [1, 2, 3, 4], renewing: [], left: []),
            (removing: [9], renewing: [9], left: [1, 2, 3, 4]),
            (removing: [], renewing: [1], left: [2, 3, 4, 1]),
            (removing: [], renewing: [4, 2], left: [1, 3, 4, 2]),
            (removing: [2], renewing: [2, 3], left: [1, 4, 3]),
        ] as [(removing: [Int], renewing: [Int], left: [Int])])
    func aQueueKeepsTheOrderOfItsKeys(removing: [Int], renewing: [Int], left: [Int]) {
        var queue = KeyedQueue<Int, String>()
        for key in 1...4 { queue.append("\(key)", for: key) }
        for key in removing { #expect(queue.remove(key) == (key <= 4 ? "\(key)" : nil)) }
        for key in renewing { queue.renew(key) }
        #expect(keys(queue) == left)
        #expect(queue.count == left.count)
        queue.append("5", for: 5)
        #expect(keys(queue) == left + [5])
    }

    @Test func aValueChangesInItsPlace() {
        var queue = KeyedQueue<Int, String>()
        queue.append("a", for: 1)
        queue.append("b", for: 2)
        let length = queue.update(1) { value in
            value += "!"
            return value.count
        }
        #expect(length == 2)
        #expect(queue.update(3) { $0.count } == nil)
        #expect(queue[1] == "a!")
        #expect(keys(queue) == [1, 2])
    }

    @Test func anAgendaGivesWhatIsDueEarliestFirst() {
        var agenda = Agenda()
        func next(now: Int64) -> Int? {
            guard let (slot, second) = agenda.due(now: now) else { return nil }
            agenda.strike(slot, at: second)
            return slot
        }
        for (slot, second): (Int, Int64) in [(3, 30), (1, 10), (2, 20), (9, 20)] { agenda.enter(slot, at: second) }
        agenda.strike(9, at: 20)
        #expect(next(now: 9) == nil)
        #expect(next(now: 29) == 1)
        #expect(next(now: 29) == 2)
        #expect(next(now: 29) == nil)
        agenda.enter(4, at: 5)
        #expect(next(now: 29) == 4)
        #expect(next(now: 29) == nil)
        #expect(next(now: .max) == 3)
        #expect(next(now: .max) == nil)
        agenda.enter(5, at: .min)
        #expect(next(now: 0) == 5)
    }

    @Test func whatIsDueStaysUntilItIsStruckOut() {
        var agenda = Agenda()
        for slot in 0..<3 { agenda.enter(slot, at: 7) }
        #expect(agenda.due(now: 7)?.slot == 0 && agenda.due(now: 7)?.slot == 0)
        agenda.strike(1, at: 7)
        agenda.strike(0, at: 7)
        #expect(agenda.due(now: 8)?.slot == 2)
    }

    /// Positions are given out again, and what stood there before is gone.
    @Test func positionsAreUsedAgain() {
        var slots = Slots<String>()
        let first = slots.insert("a")
        let second = slots.insert("b")
        #expect(slots.remove(at: first) == "a" && slots.count == 1)
        #expect(slots.insert("c") == first && slots[first] == "c" && slots[second] == "b")
        slots[second] += "!"
        #expect(slots[second] == "b!" && slots.count == 2)
    }
}
