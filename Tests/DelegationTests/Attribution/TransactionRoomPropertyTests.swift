import Admission
import Delegation
import StrictCoding
import Testing

private typealias Sample = TransactionSample

/// Who gets room and who makes it, against a list that is searched from end to end.
@Suite("The room of transactions and a list")
struct TransactionRoomPropertyTests {
    private struct Item {
        let id: ByteString
        let user: ByteString
        let envelopeEnds: Int64
        var deadline: Int64
        /// In which order; `nil` while the client is there.
        var abandoned: Int?
    }

    private static let limits = TransactionLimits(
        capacity: 9, perPrincipal: 4, calls: .max, concurrentCalls: 3, graceMilliseconds: 0)

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func agreeOnEveryRequest(seed: UInt64) {
        var dice = Dice(state: seed)
        var table = TransactionTable(limits: Self.limits)
        var items: [Item] = []
        var now = Sample.at(0)
        for step in 0..<4_000 {
            now += Int64.random(in: 0...600, using: &dice)
            while table.sweep(now: now) {}
            items.removeAll { $0.deadline <= now }
            let chosen = items.indices.randomElement(using: &dice)
            switch Int.random(in: 0..<8, using: &dice) {
            case 0:
                guard let chosen else { continue }
                table.close(items.remove(at: chosen).id, now: now)
            case 1...3:
                guard let chosen else { continue }
                table.abandon(items[chosen].id, now: now)
                if items[chosen].abandoned == nil { items[chosen].abandoned = step }
                items[chosen].deadline = min(items[chosen].deadline, items[chosen].envelopeEnds)
                items.removeAll { $0.deadline <= now }
            default:
                let id = ByteString("t\(step)")
                let user = ByteString("u\(Int.random(in: 0..<4, using: &dice))")
                let second = now / 1_000 - Sample.start
                let expires = second + Int64.random(in: 1...20, using: &dice)
                let deadline = second + Int64.random(in: 1...40, using: &dice)
                let expected = Self.make(room: user, &items)
                if expected == nil {
                    items.append(
                        Item(
                            id: id, user: user, envelopeEnds: (Sample.start + expires) * 1_000,
                            deadline: (Sample.start + deadline) * 1_000))
                }
                var fault: TransactionTableFull?
                do throws(TransactionTableFull) {
                    try table.open(
                        Sample.transaction(id, of: Sample.principal(user), expires: expires, deadline: deadline),
                        now: now)
                } catch {
                    fault = error
                }
                #expect(fault == expected, "seed \(seed), step \(step)")
            }
            #expect(table.counts.open == items.count, "seed \(seed), step \(step)")
            for item in items {
                let call = try? table.begin([Sample.envelope(item.id)], presenter: .server("orders"), now: now)
                #expect(call != nil, "seed \(seed), step \(step), \(item)")
                table.end(item.id)
            }
        }
    }

    private static func make(room user: ByteString, _ items: inout [Item]) -> TransactionTableFull? {
        func close(_ isCandidate: (Item) -> Bool) -> Bool {
            let oldest = items.indices.filter { items[$0].abandoned != nil && isCandidate(items[$0]) }
                .min { items[$0].abandoned! < items[$1].abandoned! }
            if let oldest { items.remove(at: oldest) }
            return oldest != nil
        }
        if items.count(where: { $0.user == user }) >= limits.perPrincipal {
            guard close({ $0.user == user }) else { return .principal }
        }
        if items.count >= limits.capacity {
            guard close({ _ in true }) else { return .table }
        }
        return nil
    }
}
