import Synchronization

/// A value that closures share.
package final class Shared<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    package init(_ value: Value) {
        content = Mutex(value)
    }

    package var value: Value {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }

    /// Changes the value and gives the new one.
    @discardableResult package func change(_ body: (inout Value) -> Void) -> Value {
        content.withLock { value in
            var changed = value
            body(&changed)
            value = changed
            return changed
        }
    }
}
