import Identity
import StrictCoding
import Testing

@testable import Launch

@Suite struct OccupancyPropertyTests {
    /// Random events against a model: who holds what, and whose each process is.
    @Test(arguments: 0..<20) func noProcessEverHasTwoOwnersAndNoSlotTwoLeases(seed: UInt64) {
        var random = Seeded(state: seed &* 977 + 1)
        let house = TestOccupancy(instances: 3, waitingPerOwner: 4, waiting: 20)
        var model = Model()
        var now: Int64 = 0
        for ticket in 1...2_000 {
            now += Int64.random(in: 0...400, using: &random)
            let live = model.live.sorted()
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let name = ["ann", "bob", "eve"].randomElement(using: &random)!
                let scopes: [ByteString] = Bool.random(using: &random) ? ["r"] : ["r", "w"]
                let exclusive = Bool.random(using: &random)
                model.wishes[ticket] = (.named(name, scopes: scopes), exclusive)
                model.obey(house.wish(ticket, name, scopes: scopes, exclusive: exclusive, wait: 2, at: now))
            case 4..<7:
                if let (lease, instance) = model.leases.sorted(by: { $0.key < $1.key }).randomElement(using: &random) {
                    model.leases[lease] = nil
                    model.obey(house.release(lease, instance, at: now))
                }
            case 7:
                if let one = live.randomElement(using: &random) { model.obey(house.ready(one, at: now)) }
            case 8:
                // A process that is to end ends sooner or later; one that is not ends now and then.
                if let one = live.randomElement(using: &random) {
                    model.live.remove(one)
                    model.leases = model.leases.filter { $0.value != one }
                    model.obey(house.gone(one, at: now))
                }
            default:
                model.obey(house.tick(at: now))
            }
            #expect(model.live.count <= 3)
            #expect(house.counts.running == model.live.count)
            #expect(house.counts.waiting == model.wishes.count)
        }
        #expect(model.granted > 50)
    }
}

/// What the actions of a house must never contradict.
private struct Model {
    var wishes: [Int: (owner: InstanceOwner, exclusive: Bool)] = [:]
    var leases: [Int: Int] = [:]
    var live: Set<Int> = []
    var owners: [Int: InstanceOwner] = [:]
    var exclusive: Set<Int> = []
    var granted = 0

    mutating func obey(_ actions: [Occupancy.Action]) {
        for action in actions {
            switch action {
            case .start(let instance): #expect(live.insert(instance).inserted)
            case .end(let instance, _): #expect(live.contains(instance))
            case .refuse(let ticket, _): #expect(wishes.removeValue(forKey: ticket) != nil)
            case .wake: break
            case .grant(let ticket, let instance):
                guard let wish = wishes.removeValue(forKey: ticket) else {
                    Issue.record("granted twice, or to nobody")
                    continue
                }
                granted += 1
                #expect(live.contains(instance))
                #expect(owners[instance, default: wish.owner] == wish.owner)
                owners[instance] = wish.owner
                if wish.exclusive {
                    #expect(!leases.contains { $0.value == instance && exclusive.contains($0.key) })
                    exclusive.insert(ticket)
                }
                leases[ticket] = instance
            }
        }
    }
}
