import Crypto
package import Policy
package import StrictCoding
import Synchronization

/// Runs one launched server: a process for each owner that asks, at most `settings.instances` at a time.
///
/// A process serves the owner for whom it was started and nobody else, until it is ended. That is the whole proof of on
/// whose behalf it calls services, and with which rights, together with the slot: one JSON-RPC request at a time has
/// it.
///
/// All methods return at once and may be called on any thread. `register`, `unregister` and `log` are called on the
/// thread that keeps all processes and must not wait for anything.
package final class InstanceHouse: Sendable {
    package typealias SecretEvent = @Sendable (_ secretDigest: [UInt8], _ instance: ByteString) -> Void
    package typealias Answer = @Sendable (Result<Lease, LaunchFault>) -> Void

    /// How long `shutdown` waits for processes that even SIGKILL does not end.
    static let shutdownMilliseconds: Int64 = 5_000

    package let server: ByteString
    private let settings: LaunchSettings
    private let user: InstanceUser?
    private let environment: InstanceEnvironment
    private let register: SecretEvent
    private let unregister: SecretEvent
    private let log: @Sendable (LaunchNote) -> Void
    private let keeper = ProcessKeeper.shared
    private let state: Mutex<State>

    private struct State {
        var occupancy: Occupancy
        var answers: [Int: Answer] = [:]
        var lastTicket = 0
        /// The name of every process that is not gone, and its port when it is ready.
        var names: [Int: ByteString] = [:]
        var claims: [Int: PortClaim] = [:]
        /// The earliest call of `tick` that is ordered.
        var nextTick: Int64?
        var farewells: [CheckedContinuation<Void, Never>] = []
    }

    /// - Parameters:
    ///   - secrets: those to which `settings.environment` refers.
    ///   - egressBase: what stands before an instance's secret in its egress base URL, as in `http://127.0.0.1:9080`.
    ///   - register: an instance is about to run, and this is the SHA-256 of its secret's 43 characters.
    ///   - unregister: it ends, or has ended.
    /// - Throws: where `settings.user` cannot be used; looking it up may take a while.
    package convenience init(
        server: ByteString, settings: LaunchSettings, secrets: PolicySecrets, egressBase: String,
        register: @escaping SecretEvent, unregister: @escaping SecretEvent,
        log: @escaping @Sendable (LaunchNote) -> Void
    ) throws(LaunchRefusal) {
        let user = try InstanceUser.chosen(by: settings, of: server)
        let rules = Occupancy.Rules(
            instances: settings.instances, idleMilliseconds: Int64(settings.idleSeconds) * 1_000)
        self.init(
            server: server, settings: settings, user: user, rules: rules,
            environment: InstanceEnvironment(
                settings: settings, secrets: secrets, egressBase: egressBase, home: user?.home),
            register: register, unregister: unregister, log: log)
    }

    init(
        server: ByteString, settings: LaunchSettings, user: InstanceUser?, rules: Occupancy.Rules,
        environment: InstanceEnvironment, register: @escaping SecretEvent, unregister: @escaping SecretEvent,
        log: @escaping @Sendable (LaunchNote) -> Void
    ) {
        self.server = server
        self.settings = settings
        self.user = user
        self.environment = environment
        self.register = register
        self.unregister = unregister
        self.log = log
        state = Mutex(State(occupancy: Occupancy(rules: rules)))
    }

    package var counts: InstanceCounts { state.withLock { $0.occupancy.snapshot } }

    /// Asks for the owner's instance; one is started when it has none.
    ///
    /// - Parameters:
    ///   - exclusive: whether the request takes the instance's one slot: everything but notifications, answers, pings
    ///     and streams.
    ///   - startsInstance: whether a process is worth starting for it; if not, the answer may be `noInstance`.
    ///   - waitSeconds: how long it may wait for a place, for the start and for the slot, all together.
    ///   - done: the answer, exactly once unless cancelled. It may come before this method returns, and on any thread,
    ///     and must not wait for anything.
    @discardableResult
    package func lease(
        for owner: InstanceOwner, exclusive: Bool, startsInstance: Bool = true, waitSeconds: Int,
        done: @escaping Answer
    ) -> Waiter {
        let now = MonotonicClock.milliseconds()
        let ticket = apply { state in
            state.lastTicket += 1
            state.answers[state.lastTicket] = done
            let wish = Wish(
                ticket: state.lastTicket, owner: owner, isExclusive: exclusive,
                deadline: now + Int64(waitSeconds) * 1_000)
            return (wish.ticket, state.occupancy.wish(wish, startsInstance: startsInstance, now: now))
        }
        return Waiter { [self] in
            // Let go of after the lock: what the answer holds may be a lease of this house.
            let answer = state.withLock { state in
                state.occupancy.cancel(ticket, of: owner) ? state.answers.removeValue(forKey: ticket) : nil
            }
            return answer != nil
        }
    }

    /// Refuses everybody and ends all processes: SIGTERM, three seconds later SIGKILL. Returns when none is left, or
    /// after five seconds. Nothing is started any more.
    package func shutdown() async {
        await withCheckedContinuation { continuation in
            apply { state in
                state.farewells.append(continuation)
                return ((), state.occupancy.stop())
            }
            keeper.call(at: MonotonicClock.milliseconds() + Self.shutdownMilliseconds) { [self] in
                sayFarewell { _ in true }
            }
        }
    }

    private func sayFarewell(when isTime: (State) -> Bool) {
        let farewells = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard isTime(state) else { return [] }
            defer { state.farewells = [] }
            return state.farewells
        }
        for farewell in farewells { farewell.resume() }
    }

    // MARK: - Carrying out

    /// Changes the state and does what follows from it. The keeper's orders are given under the lock, so that they are
    /// in the order of the changes; answers after it, because those who get them may ask again.
    @discardableResult
    private func apply<Value>(_ change: (inout State) -> (Value, [Occupancy.Action])) -> Value {
        let (value, answers) = state.withLock { state in
            let (value, actions) = change(&state)
            return (value, actions.compactMap { carryOut($0, &state) })
        }
        for (answer, result) in answers { answer(result) }
        sayFarewell { $0.occupancy.isEmpty }
        return value
    }

    private func carryOut(
        _ action: Occupancy.Action, _ state: inout State
    ) -> (Answer, Result<Lease, LaunchFault>)? {
        switch action {
        case .start(let instance):
            let name = ByteString(Hex.encode(SystemRandom.bytes(8)))
            state.names[instance] = name
            keeper.launch(order(name, instance))
        case .end(let instance, let reason):
            if let name = state.names[instance] { keeper.end(name, reason) }
        case .grant(let ticket, let instance):
            guard let answer = state.answers.removeValue(forKey: ticket), let name = state.names[instance],
                let claim = state.claims[instance]
            else { preconditionFailure("a lease is of an instance that is ready, for somebody who waits") }
            let lease = Lease(instance: name, claim: claim) { [self] in release(ticket, instance) }
            return (answer, .success(lease))
        case .refuse(let ticket, let fault):
            return state.answers.removeValue(forKey: ticket).map { ($0, .failure(fault)) }
        case .wake(let at):
            if let nextTick = state.nextTick, nextTick <= at { break }
            state.nextTick = at
            keeper.call(at: at) { [self] in tick(orderedFor: at) }
        }
        return nil
    }

    private func order(_ name: ByteString, _ instance: Int) -> LaunchOrder {
        LaunchOrder(
            server: server, instance: name, command: settings.command, environment: environment, user: user,
            startMilliseconds: Int64(settings.startSeconds) * 1_000, register: register, unregister: unregister,
            log: log
        ) { [self] report in received(report, of: instance) }
    }

    // MARK: - Events

    private func received(_ report: LaunchOrder.Report, of instance: Int) {
        let now = MonotonicClock.milliseconds()
        apply { state in
            switch report {
            case .ready(let claim):
                state.claims[instance] = claim
                return ((), state.occupancy.ready(instance, now: now))
            case .unfit(let reason):
                return ((), state.occupancy.unfit(instance, reason: reason, now: now))
            case .gone(let reason):
                state.names[instance] = nil
                state.claims[instance] = nil
                return ((), state.occupancy.gone(instance, reason: reason, now: now))
            }
        }
    }

    private func release(_ ticket: Int, _ instance: Int) {
        apply { ((), $0.occupancy.release(ticket, instance: instance, now: MonotonicClock.milliseconds())) }
    }

    private func tick(orderedFor at: Int64) {
        apply { state in
            guard state.nextTick == at else { return ((), []) }
            state.nextTick = nil
            return ((), state.occupancy.tick(now: MonotonicClock.milliseconds()))
        }
    }
}
