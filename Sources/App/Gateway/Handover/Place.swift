import Logging
import Policy
import Synchronization

/// The right to work on the clients' address: held by one gateway at a time.
final class Place: Sendable {
    private enum State {
        /// Any port will do, which is never another's.
        case anywhere
        case ours(GatewayLock)
        case another(Succession, path: String, GatewayLock.Held)
    }

    private let state: Mutex<State>

    private init(_ state: State) {
        self.state = Mutex(state)
    }

    /// Takes the place, or finds out who has it.
    ///
    /// - Throws: where a gateway has it and is not to be asked to leave.
    static func find(_ policy: PolicySet, keys: String, _ succession: Succession?) throws -> Place {
        guard let path = GatewayLock.path(for: policy.listen.clients, in: keys) else { return Place(.anywhere) }
        do {
            return Place(.ours(try GatewayLock.take(path)))
        } catch let held as GatewayLock.Held {
            guard let succession else { throw SuccessionFailure.running(pid: held.pid) }
            return Place(.another(succession, path: path, held))
        }
    }

    /// Whether another gateway is there.
    var isTaken: Bool {
        state.withLock { if case .another = $0 { true } else { false } }
    }

    /// Has the other one leave.
    func take(patience: Duration, _ logger: Logger) async throws {
        guard case .another(let succession, let path, let held) = state.withLock({ $0 }) else { return }
        let lock = try await succession.takeLock(at: path, held: held, patience: patience, logger: logger)
        state.withLock { $0 = .ours(lock) }
    }

    func leave() {
        state.withLock { state in
            if case .ours(let lock) = state { lock.release() }
            state = .anywhere
        }
    }
}
