import Synchronization

/// The result of whichever of several tasks comes first; what comes later is dropped.
///
/// A task group would wait for the slowest of its children, which is the one not to be waited for.
final class FirstResult<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case awaited(CheckedContinuation<Value, Never>)
        case given(Value)
        case over
    }

    private let state = Mutex(State.empty)

    func give(_ value: Value) {
        let waiting = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .empty:
                state = .given(value)
                return nil
            case .awaited(let continuation):
                state = .over
                return continuation
            case .given, .over:
                return nil
            }
        }
        waiting?.resume(returning: value)
    }

    /// To be asked for once.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let given = state.withLock { state -> Value? in
                switch state {
                case .empty:
                    state = .awaited(continuation)
                    return nil
                case .given(let value):
                    state = .over
                    return value
                case .awaited, .over:
                    preconditionFailure("a first result is asked for once")
                }
            }
            if let given { continuation.resume(returning: given) }
        }
    }
}
