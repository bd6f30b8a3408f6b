/// A dictionary that also knows the order in which its keys were put in. What is oldest, and what stands anywhere, is
/// found and taken in constant time.
struct KeyedQueue<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Node {
        var value: Value
        var previous: Key?
        var next: Key?
    }

    private var nodes: [Key: Node] = [:]
    private var first: Key?
    private var last: Key?

    var count: Int { nodes.count }
    var isEmpty: Bool { nodes.isEmpty }

    /// The key that was put in before all others.
    var oldest: (key: Key, value: Value)? {
        guard let first, let node = nodes[first] else { return nil }
        return (first, node.value)
    }

    subscript(key: Key) -> Value? { nodes[key]?.value }

    /// Puts a key in that is not there yet, as the youngest.
    mutating func append(_ value: Value, for key: Key) {
        let replaced = nodes.updateValue(Node(value: value, previous: last, next: nil), forKey: key)
        precondition(replaced == nil, "a key stands in a queue once")
        if let last { nodes[last]?.next = key } else { first = key }
        last = key
    }

    /// Changes the value in place; the key keeps its age. `nil` where the key is absent.
    mutating func update<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
        guard let index = nodes.index(forKey: key) else { return nil }
        return body(&nodes.values[index].value)
    }

    @discardableResult mutating func remove(_ key: Key) -> Value? {
        guard let node = nodes.removeValue(forKey: key) else { return nil }
        if let previous = node.previous { nodes[previous]?.next = node.next } else { first = node.next }
        if let next = node.next { nodes[next]?.previous = node.previous } else { last = node.previous }
        return node.value
    }

    /// Makes the key the youngest.
    mutating func renew(_ key: Key) {
        guard last != key, let value = remove(key) else { return }
        append(value, for: key)
    }
}
