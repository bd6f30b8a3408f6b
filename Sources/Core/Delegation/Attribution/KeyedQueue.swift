/// A dictionary that also knows the order in which its keys were put in. What is oldest, and what stands anywhere, is
/// found and taken in constant time; whoever has a key's position does it without another look into the dictionary.
struct KeyedQueue<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Node {
        let key: Key
        var value: Value
    }

    private var positions: [Key: Int] = [:]
    private var nodes = Slots<Node>()
    private var links = SlotLinks()
    private var order = SlotList()

    var count: Int { order.count }
    var isEmpty: Bool { order.isEmpty }

    /// The key that was put in before all others.
    var oldest: (key: Key, value: Value)? {
        order.oldest.map { (nodes[$0].key, nodes[$0].value) }
    }

    /// Where a key stands, until it is removed.
    func position(of key: Key) -> Int? { positions[key] }

    subscript(key: Key) -> Value? { positions[key].map { nodes[$0].value } }

    subscript(at position: Int) -> Value {
        _read { yield nodes[position].value }
        _modify { yield &nodes[position].value }
    }

    /// Puts a key in that is not there yet, as the youngest; returns where.
    @discardableResult mutating func append(_ value: Value, for key: Key) -> Int {
        let position = nodes.insert(Node(key: key, value: value))
        let replaced = positions.updateValue(position, forKey: key)
        precondition(replaced == nil, "a key stands in a queue once")
        links.append(position, to: &order)
        return position
    }

    /// Changes the value in place; the key keeps its age. `nil` where the key is absent.
    mutating func update<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
        guard let position = positions[key] else { return nil }
        return body(&nodes[position].value)
    }

    @discardableResult mutating func remove(_ key: Key) -> Value? {
        guard let position = positions.removeValue(forKey: key) else { return nil }
        links.remove(position, from: &order)
        return nodes.remove(at: position).value
    }

    /// Makes the key the youngest.
    mutating func renew(_ key: Key) {
        if let position = positions[key] { renew(at: position) }
    }

    mutating func renew(at position: Int) {
        guard order.youngest != position else { return }
        links.remove(position, from: &order)
        links.append(position, to: &order)
    }
}
