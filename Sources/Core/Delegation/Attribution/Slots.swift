/// Elements at positions that do not change while they are there. A position that was given up is given out again.
struct Slots<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var free: [Int32] = []

    var count: Int { elements.count - free.count }

    /// The element at a position that was given out.
    subscript(slot: Int) -> Element {
        _read {
            guard elements[slot] != nil else { preconditionFailure("nothing is at this position") }
            yield elements[slot].unsafelyUnwrapped
        }
        _modify {
            guard elements[slot] != nil else { preconditionFailure("nothing is at this position") }
            yield &elements[slot]!
        }
    }

    mutating func insert(_ element: Element) -> Int {
        if let slot = free.popLast() {
            elements[Int(slot)] = element
            return Int(slot)
        }
        elements.append(element)
        return elements.count - 1
    }

    @discardableResult mutating func remove(at slot: Int) -> Element {
        guard let element = elements[slot].take() else { preconditionFailure("nothing is at this position") }
        free.append(Int32(slot))
        return element
    }
}
