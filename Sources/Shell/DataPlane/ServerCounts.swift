package import StrictCoding

/// Counts by name of the server: positions change with the policy, names stay what they are. A server that a policy
/// removed keeps its count for the day it comes back.
package struct ServerCounts: Sendable, Hashable {
    private var counts: [ByteString: Int] = [:]
    /// The servers' names in the order of the policy that is installed.
    private var order: [ByteString] = []
    /// What was counted at each position since that policy was installed.
    private var recent: [Int] = []

    package init() {}

    package subscript(server: ByteString) -> Int {
        (counts[server] ?? 0) + (order.firstIndex(of: server).map { recent[$0] } ?? 0)
    }

    /// 0 for a position that the installed policy does not have.
    package subscript(position: Int) -> Int { order.indices.contains(position) ? self[order[position]] : 0 }

    package var total: Int { counts.values.reduce(0, +) + recent.reduce(0, +) }

    mutating func order(as servers: [ByteString]) {
        settle()
        order = servers
        recent = [Int](repeating: 0, count: servers.count)
    }

    /// - Parameter position: in the policy that the request began with, which may be an older one.
    mutating func count(_ position: Int, named server: ByteString) {
        if order.indices.contains(position), order[position] == server {
            recent[position] += 1
        } else {
            counts[server, default: 0] += 1
        }
    }

    /// Every count by its name.
    private mutating func settle() {
        for (server, count) in zip(order, recent) where count > 0 { counts[server, default: 0] += count }
        recent = [Int](repeating: 0, count: order.count)
    }

    static func += (sum: inout ServerCounts, other: ServerCounts) {
        var other = other
        sum.settle()
        other.settle()
        sum.counts.merge(other.counts, uniquingKeysWith: +)
        sum.order = other.order
        sum.recent = other.recent
    }
}
