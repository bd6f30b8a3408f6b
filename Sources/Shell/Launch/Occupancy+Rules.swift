/// What follows from every event.
extension Occupancy {
    func objection(to wish: Wish, startsInstance: Bool, now: Int64) -> LaunchFault? {
        if isStopped { return .stopped }
        let tenancy = tenancies[wish.owner]
        switch tenancy?.phase {
        case .starting, .running:
            break
        case .placeless where startsInstance:
            break
        case nil where startsInstance, .ending where startsInstance:
            if let pause = backoff.pause(of: wish.owner, now: now) {
                return .startFailed(reason: "it failed a moment ago", retryAfterSeconds: pause)
            }
        case nil, .placeless, .ending:
            return .noInstance
        }
        if let tenancy, tenancy.queue.count >= rules.waitingPerOwner {
            return .busy(retryAfterSeconds: Self.busyRetrySeconds)
        }
        return waiting < rules.waiting ? nil : .full(retryAfterSeconds: Self.fullRetrySeconds)
    }

    /// Gives leases to those in a running instance's queue whose turn it is.
    mutating func admit(_ owner: InstanceOwner, now: Int64) -> [Action] {
        guard case .running(let instance, _) = tenancies[owner]?.phase,
            let admitted = tenancies[owner]?.admit(now: now)
        else { return [] }
        waiting -= admitted.count
        return admitted.map { .grant($0.ticket, instance) }
    }

    /// Starts instances where there are places, and makes places where somebody waits for one.
    mutating func settle(now: Int64) -> [Action] {
        guard !isStopped else { return [] }
        var actions: [Action] = []
        while !placeQueue.isEmpty, tenants.count < rules.instances {
            let owner = placeQueue.removeFirst()
            lastInstance += 1
            tenants[lastInstance] = owner
            tenancies[owner]?.phase = .starting(lastInstance)
            tenancies[owner]?.lastUsed = now
            counts.started += 1
            actions.append(.start(lastInstance))
        }
        guard !placeQueue.isEmpty else { return actions }
        var leaving = tenancies.values.count { $0.isEnding }
        while placeQueue.count > leaving {
            let candidates = tenancies.filter { $0.value.isEvictable }
            guard let victim = candidates.min(by: { $0.value.lastUsed < $1.value.lastUsed }),
                let instance = victim.value.instance
            else { break }
            actions.append(end(instance, victim.key, .evicted))
            counts.evicted += 1
            leaving += 1
        }
        return actions
    }

    mutating func end(_ instance: Int, _ owner: InstanceOwner, _ reason: EndReason) -> Action {
        tenancies[owner]?.phase = .ending(instance)
        return .end(instance, reason)
    }

    /// What an instance's end under them means for those who wait for it: one other instance, unless it keeps ending.
    mutating func crash(_ owner: InstanceOwner, reason: String, lasted: Int64, now: Int64) -> [Action] {
        var isFirst = true
        var pause = 1
        if lasted >= rules.steadyMilliseconds {
            backoff.forget(owner)
        } else {
            let strike = backoff.strike(owner, now: now)
            isFirst = strike.count == 1
            pause = Backoff.seconds(until: strike.until, now: now)
        }
        let fault = LaunchFault.startFailed(reason: "it ended: \(reason)", retryAfterSeconds: pause)
        return refuseAll(of: owner, fault) { !isFirst || $0.isSecondTry }
    }

    /// Takes the owner's process away. Who waits still gets a fresh one.
    mutating func vacate(_ owner: InstanceOwner, crashed: Bool, now: Int64) {
        guard var queue = tenancies.removeValue(forKey: owner)?.queue, !queue.isEmpty else { return }
        if crashed {
            for index in queue.indices { queue[index].isSecondTry = true }
        }
        tenancies[owner] = Tenancy(queue: queue, now: now)
        // Whom an instance was taken from had waited already.
        placeQueue.insert(owner, at: crashed ? 0 : placeQueue.count)
    }

    mutating func expire(_ owner: InstanceOwner, now: Int64) -> [Action] {
        let isPlaceless = tenancies[owner]?.phase == .placeless
        let fault: LaunchFault =
            isPlaceless
            ? .full(retryAfterSeconds: Self.fullRetrySeconds) : .busy(retryAfterSeconds: Self.busyRetrySeconds)
        let actions = refuseAll(of: owner, fault) { $0.deadline <= now }
        forgetIfPlaceless(owner)
        return actions
    }

    mutating func forgetIfPlaceless(_ owner: InstanceOwner) {
        guard let tenancy = tenancies[owner], tenancy.phase == .placeless, tenancy.queue.isEmpty else { return }
        tenancies[owner] = nil
        placeQueue.removeAll { $0 == owner }
    }

    mutating func refuse(_ ticket: Int, _ fault: LaunchFault) -> Action {
        counts.refused += 1
        return .refuse(ticket, fault)
    }

    mutating func refuseAll(
        of owner: InstanceOwner, _ fault: LaunchFault, where isMeant: (Wish) -> Bool = { _ in true }
    ) -> [Action] {
        guard let queue = tenancies[owner]?.queue else { return [] }
        let refused = queue.filter(isMeant)
        guard !refused.isEmpty else { return [] }
        tenancies[owner]?.queue.removeAll(where: isMeant)
        waiting -= refused.count
        return refused.map { refuse($0.ticket, fault) }
    }
}
