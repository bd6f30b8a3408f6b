import Synchronization

/// How many connections the listeners of one set may have open, together and from one peer: what loops share, touched
/// when a connection opens and closes and never by a request.
///
/// It knows only peers that have a connection open, so its size is bounded by `limit`.
package final class ConnectionBudget: Sendable {
    /// Which of the limits is reached.
    enum Exhaustion { case total, peer }

    private struct Ledger {
        var total = 0
        var byPeer: [PeerAddress: Int] = [:]
    }

    private let limit: Int
    private let perPeer: Int
    private let ledger = Mutex(Ledger())

    package init(limit: Int, perPeer: Int = .max) {
        self.limit = limit
        self.perPeer = perPeer
    }

    /// Takes one of the connections, or says why there is none left; a connection that was taken is given back.
    func take(for peer: PeerAddress) -> Exhaustion? {
        ledger.withLock { ledger in
            guard ledger.total < limit else { return .total }
            let open = ledger.byPeer[peer, default: 0]
            guard open < perPeer else { return .peer }
            ledger.total += 1
            ledger.byPeer[peer] = open + 1
            return nil
        }
    }

    func give(back peer: PeerAddress) {
        ledger.withLock { ledger in
            ledger.total -= 1
            let left = ledger.byPeer[peer, default: 1] - 1
            ledger.byPeer[peer] = left > 0 ? left : nil
        }
    }
}
