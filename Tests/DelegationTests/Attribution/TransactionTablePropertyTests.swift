import Admission
import Delegation
import StrictCoding
import Testing

private typealias Sample = TransactionSample

/// The table against a list that is searched from end to end, through thousands of random steps.
@Suite("The transaction table and a list")
struct TransactionTablePropertyTests {
    private struct Item {
        let id: ByteString
        let server: ByteString
        let instance: ByteString?
        let handle: [UInt8]
        let deadline: Int64
        var closed: Int64?
        var calls = 0
        var atOnce = 0

        func isLive(_ now: Int64) -> Bool { now < deadline && (closed.map { now < $0 + 2_000 } ?? true) }
        func isOpen(_ now: Int64) -> Bool { now < deadline && closed == nil }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func agreeOnEveryCall(seed: UInt64) throws {
        var dice = Dice(state: seed)
        var table = TransactionTable(
            limits: TransactionLimits(
                capacity: 10_000, perPrincipal: 10_000, calls: 6, concurrentCalls: 2, graceMilliseconds: 2_000))
        var items: [Item] = []
        var now = Sample.at(0)
        for step in 0..<6_000 {
            now += Int64.random(in: 0...400, using: &dice)
            switch Int.random(in: 0..<10, using: &dice) {
            case 0...2:
                let number = Int.random(in: 0..<8, using: &dice)
                let instance = number < 4 ? ByteString("i\(number)") : nil
                let id = ByteString("t\(step)")
                let handle: [UInt8] = [UInt8(step >> 8), UInt8(step & 0xFF)]
                let server: ByteString = instance == nil && Bool.random(using: &dice) ? "orders" : "tools"
                let deadline = now / 1_000 - Sample.start + Int64.random(in: 1...20, using: &dice)
                try table.open(
                    Sample.transaction(
                        id, server: server, handle: handle, instance: instance, expires: 100_000,
                        deadline: deadline), now: now)
                items.append(
                    Item(
                        id: id, server: server, instance: instance, handle: handle,
                        deadline: (Sample.start + deadline) * 1_000))
            case 3...5:
                guard let index = items.indices.randomElement(using: &dice) else { continue }
                table.close(items[index].id, now: now)
                if items[index].isOpen(now) { items[index].closed = now }
            case 6:
                guard let index = items.indices.randomElement(using: &dice) else { continue }
                table.end(items[index].id)
                items[index].atOnce = max(0, items[index].atOnce - 1)
            default:
                let (proofs, presenter) = shown(among: items, &dice)
                let expected = expect(proofs, presenter, &items, now)
                #expect(
                    outcome(of: &table, proofs, presenter, now) == expected, "seed \(seed), step \(step), \(proofs)")
            }
            if items.count > 60 { items.removeFirst(items.count - 60) }
        }
    }

    private func outcome(
        of table: inout TransactionTable, _ proofs: [TransactionProof], _ presenter: Presenter, _ now: Int64
    ) -> Attributed {
        do {
            let call = try table.begin(proofs, presenter: presenter, now: now)
            return .to(call.transaction.id, call.attribution)
        } catch {
            return .refused(error)
        }
    }

    /// Mostly of the last few, so that instances are not searched beyond what the list still holds.
    private func shown(among items: [Item], _ dice: inout Dice) -> ([TransactionProof], Presenter) {
        var proofs: [TransactionProof] = []
        let recent = items.suffix(20)
        let subject = recent.randomElement(using: &dice)
        for _ in 0..<Int.random(in: 0...2, using: &dice) {
            let other = Int.random(in: 0..<6, using: &dice) == 0
            guard let item = other ? recent.randomElement(using: &dice) : subject else { continue }
            proofs.append(Bool.random(using: &dice) ? .handle(item.handle) : Sample.envelope(item.id))
        }
        guard let subject else { return (proofs, .server("orders")) }
        guard let instance = subject.instance else { return (proofs, .server(subject.server)) }
        return (proofs, .instance(instance, server: "tools"))
    }

    private func expect(
        _ proofs: [TransactionProof], _ presenter: Presenter, _ items: inout [Item], _ now: Int64
    ) -> Attributed {
        var named: [Int] = []
        for proof in proofs {
            switch proof {
            case .handle(let handle): named.append(items.firstIndex { $0.handle == handle }!)
            case .envelope(let id, _): named.append(items.firstIndex { $0.id == id }!)
            }
        }
        if named.isEmpty {
            guard case .instance(let instance, _) = presenter else { return .refused(.unattributed) }
            let own = items.indices.filter { items[$0].instance == instance }
            let open = own.filter { items[$0].isOpen(now) }
            let candidates = open.isEmpty ? own.filter { items[$0].isLive(now) } : open
            guard candidates.count <= 1 else { return .refused(.ambiguous) }
            guard !candidates.isEmpty else { return .refused(.closed) }
            named = candidates
        }
        guard Set(named).count == 1, let index = named.first else { return .refused(.ambiguous) }
        switch presenter {
        case .server(let name):
            guard items[index].server == name, items[index].instance == nil else { return .refused(.wrongPresenter) }
        case .instance(let id, _):
            guard items[index].instance == id else { return .refused(.wrongPresenter) }
        }
        guard items[index].isLive(now) else { return .refused(.closed) }
        guard items[index].calls < 6 else { return .refused(.budgetSpent) }
        guard items[index].atOnce < 2 else { return .refused(.tooManyAtOnce) }
        items[index].calls += 1
        items[index].atOnce += 1
        let showsEnvelope = proofs.contains { if case .envelope = $0 { true } else { false } }
        if case .instance = presenter { return .to(items[index].id, .instance) }
        return .to(items[index].id, showsEnvelope ? .envelope : .handle)
    }
}
