import Synchronization

/// How often a policy was read while the gateway ran, and what became of it.
final class ReloadCounts: Sendable {
    struct Value: Sendable, Equatable {
        var installed = 0
        var refused = 0
    }

    private let counts = Mutex(Value())

    var value: Value { counts.withLock { $0 } }

    func count(_ outcome: ReloadBell.Outcome) {
        counts.withLock { counts in
            switch outcome {
            case .installed: counts.installed += 1
            case .refused: counts.refused += 1
            case .stopped: break
            }
        }
    }
}
