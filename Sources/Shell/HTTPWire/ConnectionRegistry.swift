package import NIOCore

/// What the connections of one listener share on their loop: limits, counters, the date, spare buffers, and who they
/// are. Loop-confined.
package final class ConnectionRegistry {
    package let eventLoop: any EventLoop
    package let limits: WireLimits
    @exclusivity(unchecked) package var counters = WireCounters()
    /// New responses announce the close of their connection.
    @exclusivity(unchecked) package private(set) var isDraining = false

    let shelf = BufferShelf()
    @exclusivity(unchecked) var date = DateStamp()
    private let budget: ConnectionBudget
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var overflowAnswers = 0
    private var whenEmpty: [() -> Void] = []

    package init(eventLoop: any EventLoop, limits: WireLimits, budget: ConnectionBudget) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.budget = budget
    }

    package var count: Int { connections.count }

    /// Counts a connection in, and says whether it is one too many.
    func admit(_ peer: PeerAddress) -> Admission {
        if !isDraining {
            switch budget.take(for: peer) {
            case nil: return .serve(peer)
            case .total: counters.turnedAwayTotal += 1
            case .peer: counters.turnedAwayPeer += 1
            }
        }
        counters.overflowed += 1
        guard !isDraining, overflowAnswers < limits.maxOverflowAnswers else { return .drop }
        overflowAnswers += 1
        return .turnAway
    }

    enum Admission {
        case serve(PeerAddress)
        case turnAway
        case drop
    }

    /// An admitted connection, served or not, is gone.
    func released(_ admission: Admission) {
        switch admission {
        case .serve(let peer): budget.give(back: peer)
        case .turnAway: overflowAnswers -= 1
        case .drop: break
        }
    }

    func opened(_ connection: ServerConnection) {
        connections[ObjectIdentifier(connection)] = connection
        counters.accepted += 1
        counters.active += 1
    }

    func closed(_ connection: ServerConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        counters.active -= 1
        if connections.isEmpty { reportEmpty() }
    }

    /// Closes idle connections now and each busy one after its response; `done` is called when none is left.
    package func drain(done: @escaping () -> Void) {
        isDraining = true
        whenEmpty.append(done)
        for connection in Array(connections.values) { connection.drain() }
        if connections.isEmpty { reportEmpty() }
    }

    /// Ends the patience of `drain`.
    package func closeAll() {
        for connection in Array(connections.values) { connection.closeNow() }
    }

    private func reportEmpty() {
        let waiting = whenEmpty
        whenEmpty = []
        for done in waiting { done() }
    }
}
