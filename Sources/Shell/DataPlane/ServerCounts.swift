package import StrictCoding

/// Counts by name of the server: positions change with the policy, names stay what they are. A server that a policy
/// removed keeps its count for the day it comes back.
package struct ServerCounts: Sendable, Hashable {
    private var counts: [ByteString: Int] = [:]
    /// The servers' names in the order of the policy that is installed.
    private var order: [ByteString] = []

    package init() {}

    package subscript(server: ByteString) -> Int { counts[server] ?? 0 }

    /// 0 for a position that the installed policy does not have.
    package subscript(position: Int) -> Int { order.indices.contains(position) ? self[order[position]] : 0 }

    package var total: Int { counts.values.reduce(0, +) }

    mutating func order(as servers: [ByteString]) { order = servers }

    mutating func count(_ server: ByteString) { counts[server, default: 0] += 1 }

    static func += (sum: inout ServerCounts, other: ServerCounts) {
        sum.counts.merge(other.counts, uniquingKeysWith: +)
        sum.order = other.order
    }
}
