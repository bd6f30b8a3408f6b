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
        for (id, second): (ByteString, Int64) in [("c", 30), ("a", 10), ("b", 20), ("x", 20)] {
            agenda.enter(id, at: second)
        }
        agenda.strike("x", at: 20)
        agenda.strike("nothing", at: 20)
        #expect(agenda.next(now: 9) == nil)
        #expect(agenda.next(now: 29) == "a")
        #expect(agenda.next(now: 29) == "b")
        #expect(agenda.next(now: 29) == nil)
        agenda.enter("d", at: 5)
        #expect(agenda.next(now: 29) == "d")
        #expect(agenda.next(now: 29) == nil)
        #expect(agenda.next(now: .max) == "c")
        #expect(agenda.next(now: .max) == nil)
        agenda.enter("e", at: .min)
        #expect(agenda.next(now: 0) == "e")
    }
}
