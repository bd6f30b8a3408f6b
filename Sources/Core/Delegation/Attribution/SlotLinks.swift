/// Doubly linked lists over the positions of a table, of which each stands in one list at most. What is oldest, and what
/// stands anywhere, is found and taken in constant time, by two integers and without a look into a dictionary.
struct SlotLinks: Sendable {
    private struct Link {
        var previous: Int32
        var next: Int32
    }

    private var links: [Link] = []

    /// The position becomes the youngest of the list. It stands in none.
    mutating func append(_ slot: Int, to list: inout SlotList) {
        while links.count <= slot { links.append(Link(previous: SlotList.none, next: SlotList.none)) }
        links[slot] = Link(previous: list.last, next: SlotList.none)
        let slot = Int32(slot)
        if list.last == SlotList.none { list.first = slot } else { links[Int(list.last)].next = slot }
        list.last = slot
        list.count += 1
    }

    /// Takes a position out of the list in which it stands.
    mutating func remove(_ slot: Int, from list: inout SlotList) {
        precondition(list.count > 0, "what is taken out of a list stands in it")
        let link = links[slot]
        if link.previous == SlotList.none { list.first = link.next } else { links[Int(link.previous)].next = link.next }
        if link.next == SlotList.none {
            list.last = link.previous
        } else {
            links[Int(link.next)].previous = link.previous
        }
        list.count -= 1
    }
}

/// One list of positions, in the order in which they came.
struct SlotList: Sendable {
    fileprivate static let none: Int32 = -1

    fileprivate var first = none
    fileprivate var last = none
    fileprivate(set) var count = 0

    var isEmpty: Bool { count == 0 }
    /// The position that came before all others.
    var oldest: Int? { first == Self.none ? nil : Int(first) }
    var youngest: Int? { last == Self.none ? nil : Int(last) }
}
