import Identity
import StrictCoding
import Testing

@testable import Launch

/// An occupancy that is spoken to in short.
final class TestOccupancy {
    var occupancy: Occupancy

    init(instances: Int = 4, waitingPerOwner: Int = 256, waiting: Int = 4_096) {
        occupancy = Occupancy(
            rules: Occupancy.Rules(
                instances: instances, idleMilliseconds: 600_000, waitingPerOwner: waitingPerOwner,
                waiting: waiting))
    }

    var counts: InstanceCounts { occupancy.snapshot }

    func wish(
        _ ticket: Int, _ name: String, scopes: [ByteString] = [], exclusive: Bool = true, starts: Bool = true,
        wait: Int64 = 30, at now: Int64 = 0
    ) -> [Occupancy.Action] {
        let wish = Wish(
            ticket: ticket, owner: .named(name, scopes: scopes), isExclusive: exclusive, deadline: now + wait * 1_000)
        return occupancy.wish(wish, startsInstance: starts, now: now)
    }

    /// An owner's instance that runs, with its slot in use.
    func run(_ ticket: Int, _ name: String, instance: Int? = nil) {
        let instance = instance ?? ticket
        #expect(wish(ticket, name).first == .start(instance))
        #expect(ready(instance) == [.grant(ticket, instance)])
    }

    func cancel(_ ticket: Int, _ name: String) -> Bool { occupancy.cancel(ticket, of: .named(name)) }
    func tick(at now: Int64) -> [Occupancy.Action] { occupancy.tick(now: now) }
    func ready(_ instance: Int, at now: Int64 = 0) -> [Occupancy.Action] {
        occupancy.ready(instance, now: now)
    }
    func release(_ ticket: Int, _ instance: Int, at now: Int64 = 0) -> [Occupancy.Action] {
        occupancy.release(ticket, instance: instance, now: now)
    }
    func unfit(_ instance: Int, _ reason: String?, at now: Int64) -> [Occupancy.Action] {
        occupancy.unfit(instance, reason: reason, now: now)
    }
    func gone(_ instance: Int, at now: Int64) -> [Occupancy.Action] {
        occupancy.gone(instance, reason: "exit status 1", now: now)
    }
}

extension InstanceOwner {
    static func named(_ name: String, agent: ByteString = "agent", scopes: [ByteString] = []) -> InstanceOwner {
        let principal = Principal(
            issuer: "https://idp.example", tenant: "acme", subject: .init(name), kind: .user, clientID: "webapp",
            agentID: agent)
        return InstanceOwner(principal: principal, scopes: scopes)
    }
}

/// SplitMix64.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
