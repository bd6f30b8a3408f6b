import Synchronization

/// One value that is replaced while others read it.
final class Latest<Value: Sendable>: Sendable {
    private let current: Mutex<Value>

    init(_ value: Value) {
        current = Mutex(value)
    }

    var value: Value { current.withLock { $0 } }

    func install(_ value: Value) {
        current.withLock { $0 = value }
    }
}
