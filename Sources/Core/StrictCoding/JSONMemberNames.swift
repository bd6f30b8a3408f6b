/// The names of the members of one object, in order, each as the string that it is: looking at them copies nothing.
package struct JSONMemberNames: Sequence, IteratorProtocol, Sendable {
    let storage: JSONStorage
    /// The tape index of the next name.
    var position: Int
    let end: Int

    package mutating func next() -> JSONValue? {
        guard position < end else { return nil }
        defer { position = Int(storage.tape[position + 1].next) }
        return JSONValue(storage: storage, index: position)
    }
}
