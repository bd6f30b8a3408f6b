/// The rules of a house: who gets an instance, who waits, whose is ended. Values in, actions out.
///
/// An owner has at most one process at a time, and a process has one owner from its start to its end: nothing
/// here gives a process to anybody else, and its place is free only when it is gone.
struct Occupancy {
    struct Rules: Sendable {
        /// Processes at a time.
        var instances: Int
        var idleMilliseconds: Int64
        /// Requests that wait for one owner's instance.
        var waitingPerOwner = 256
        /// Requests that wait, in all.
        var waiting = 4_096
        /// A process that worked so long did not fail when it ends, it met something.
        var steadyMilliseconds: Int64 = 30_000
    }

    enum Action: Equatable, Sendable {
        case start(Int)
        case end(Int, EndReason)
        /// Lease and instance.
        case grant(Int, Int)
        case refuse(Int, LaunchFault)
        /// Call `tick` then, or earlier.
        case wake(at: Int64)
    }

    /// A busy instance is asked again soon: calls last seconds.
    static let busyRetrySeconds = 1
    /// A full house takes until somebody's work is done.
    static let fullRetrySeconds = 5

    let rules: Rules
    var counts = InstanceCounts()
    var tenancies: [InstanceOwner: Tenancy] = [:]
    /// Of every process that is not gone.
    var tenants: [Int: InstanceOwner] = [:]
    /// Owners without a place, first come, first served.
    var placeQueue: [InstanceOwner] = []
    var backoff = Backoff()
    var waiting = 0
    var lastInstance = 0
    var isStopped = false

    init(rules: Rules) {
        self.rules = rules
    }

    /// Whether no process is left.
    var isEmpty: Bool { tenants.isEmpty }

    var snapshot: InstanceCounts {
        var counts = counts
        counts.running = tenants.count
        counts.waiting = waiting
        return counts
    }

    // MARK: - Requests

    /// - Parameter startsInstance: whether a process is worth starting for it.
    mutating func wish(_ wish: Wish, startsInstance: Bool, now: Int64) -> [Action] {
        if let fault = objection(to: wish, startsInstance: startsInstance, now: now) {
            return [refuse(wish.ticket, fault)]
        }
        if tenancies[wish.owner] == nil { placeQueue.append(wish.owner) }
        tenancies[wish.owner, default: Tenancy(now: now)].queue.append(wish)
        waiting += 1
        var actions = admit(wish.owner, now: now) + settle(now: now)
        if !actions.contains(where: { if case .grant(wish.ticket, _) = $0 { true } else { false } }) {
            actions += wish.deadline <= now ? expire(wish.owner, now: now) : [.wake(at: wish.deadline)]
        }
        return actions
    }

    /// Forgets a wish.
    ///
    /// - Returns: whether it was still waiting.
    mutating func cancel(_ ticket: Int, of owner: InstanceOwner) -> Bool {
        guard let index = tenancies[owner]?.queue.firstIndex(where: { $0.ticket == ticket }) else { return false }
        tenancies[owner]?.queue.remove(at: index)
        waiting -= 1
        forgetIfPlaceless(owner)
        return true
    }

    /// A lease is over. One whose process is not there any more is over already.
    mutating func release(_ ticket: Int, instance: Int, now: Int64) -> [Action] {
        guard let owner = tenants[instance],
            tenancies[owner]?.release(ticket, now: now) == true
        else { return [] }
        var actions = admit(owner, now: now) + settle(now: now)
        if tenancies[owner]?.isIdle == true { actions.append(.wake(at: now + rules.idleMilliseconds)) }
        return actions
    }

    // MARK: - Processes

    mutating func ready(_ instance: Int, now: Int64) -> [Action] {
        guard let owner = tenants[instance], tenancies[owner]?.phase == .starting(instance) else { return [] }
        tenancies[owner]?.phase = .running(instance, since: now)
        tenancies[owner]?.lastUsed = now
        var actions = admit(owner, now: now) + settle(now: now)
        if tenancies[owner]?.isIdle == true { actions.append(.wake(at: now + rules.idleMilliseconds)) }
        return actions
    }

    /// The process lives and cannot be used: it is being ended.
    ///
    /// - Parameter reason: `nil` when it took too long.
    mutating func unfit(_ instance: Int, reason: String?, now: Int64) -> [Action] {
        guard let owner = tenants[instance], tenancies[owner]?.phase == .starting(instance) else { return [] }
        tenancies[owner]?.phase = .ending(instance)
        let pause = Backoff.seconds(until: backoff.strike(owner, now: now).until, now: now)
        let fault: LaunchFault =
            if let reason { .startFailed(reason: reason, retryAfterSeconds: pause) } else {
                .startTimeout(retryAfterSeconds: pause)
            }
        return refuseAll(of: owner, fault)
    }

    /// The process is no more, or never was.
    mutating func gone(_ instance: Int, reason: String, now: Int64) -> [Action] {
        guard let owner = tenants.removeValue(forKey: instance), let tenancy = tenancies[owner] else {
            return []
        }
        var actions: [Action] = []
        switch tenancy.phase {
        case .placeless:
            preconditionFailure("who has a process has a place")
        case .starting:
            let pause = Backoff.seconds(until: backoff.strike(owner, now: now).until, now: now)
            actions = refuseAll(of: owner, .startFailed(reason: reason, retryAfterSeconds: pause))
        case .running(_, let since):
            counts.crashed += 1
            actions = crash(owner, reason: reason, lasted: now - since, now: now)
        case .ending:
            break
        }
        vacate(owner, crashed: !tenancy.isEnding, now: now)
        return actions + settle(now: now)
    }

    // MARK: - Time

    /// Refuses who waited too long, ends what nobody uses.
    mutating func tick(now: Int64) -> [Action] {
        var actions: [Action] = []
        for owner in Array(tenancies.keys) {
            actions += expire(owner, now: now)
            guard let tenancy = tenancies[owner], tenancy.isIdle, let instance = tenancy.instance else { continue }
            if now - tenancy.lastUsed >= rules.idleMilliseconds { actions.append(end(instance, owner, .idle)) }
        }
        actions += settle(now: now)
        let next = tenancies.values.flatMap { tenancy in
            tenancy.queue.map(\.deadline) + (tenancy.isIdle ? [tenancy.lastUsed + rules.idleMilliseconds] : [])
        }
        if let first = next.min() { actions.append(.wake(at: first)) }
        return actions
    }

    /// Refuses everybody and ends everything.
    mutating func stop() -> [Action] {
        isStopped = true
        var actions: [Action] = []
        for (owner, tenancy) in tenancies {
            actions += refuseAll(of: owner, .stopped)
            guard let instance = tenancy.instance, !tenancy.isEnding else { continue }
            actions.append(end(instance, owner, .stopped))
        }
        return actions
    }
}
