import Admission
package import StrictCoding

/// What the ingress of one loop has decided so far. Counted without synchronisation; add the loops up to show it.
package struct IngressCounters: Sendable {
    package struct Refused: Hashable, Sendable {
        /// The server's name in the policy; empty for requests that reached none.
        package let server: ByteString
        package let code: String
    }

    /// Upper bounds of the buckets of `firstByteSeconds`.
    package static let bounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    /// Forwarded requests.
    package var accepted = ServerCounts()
    package var refused: [Refused: Int] = [:]
    /// The audit log had no room for them.
    package var unrecordedRefusals = 0
    /// Refused for want of room beyond those of which each second's first are on record.
    package var unrecordedOverload = 0
    package var tokenCacheHits = 0
    package var tokenCacheMisses = 0
    /// Requests whose answer is not complete.
    package var active = 0
    /// Server-sent event streams that are open.
    package var streams = 0
    /// How long servers took to begin their answer: counts by bucket, the last one for everything above the bounds.
    package var firstByteBuckets = [Int](repeating: 0, count: bounds.count + 1)
    package var firstByteSeconds = 0.0

    package init() {}

    mutating func refused(_ refusal: Refusal, server: Int?, epoch: Epoch) {
        let name = server.map { epoch.policy.servers[$0].name } ?? ""
        refused[Refused(server: name, code: refusal.code), default: 0] += 1
    }

    mutating func answered(afterMicroseconds microseconds: Int64) {
        let seconds = Double(microseconds) / 1_000_000
        firstByteSeconds += seconds
        firstByteBuckets[Self.bucket(seconds)] += 1
    }

    static func bucket(_ seconds: Double) -> Int { bounds.firstIndex { seconds <= $0 } ?? bounds.count }

    package static func += (total: inout IngressCounters, other: IngressCounters) {
        total.accepted += other.accepted
        total.refused.merge(other.refused, uniquingKeysWith: +)
        total.unrecordedRefusals += other.unrecordedRefusals
        total.unrecordedOverload += other.unrecordedOverload
        total.tokenCacheHits += other.tokenCacheHits
        total.tokenCacheMisses += other.tokenCacheMisses
        total.active += other.active
        total.streams += other.streams
        for index in other.firstByteBuckets.indices { total.firstByteBuckets[index] += other.firstByteBuckets[index] }
        total.firstByteSeconds += other.firstByteSeconds
    }
}
