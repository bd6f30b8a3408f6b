import Delegation
package import StrictCoding

/// What the egress of one loop has done so far. Counted without synchronisation; add the loops up to show it.
package struct EgressCounters: Sendable {
    package struct Call: Hashable, Sendable {
        /// Names in the policy; empty where none is known.
        package let server: ByteString
        package let service: ByteString
        /// `delegation_mode` of calls that were answered; the code of those that were refused.
        package let outcome: String
    }

    /// Calls that were answered by their services.
    package var answered: [Call: Int] = [:]
    package var refused: [Call: Int] = [:]
    /// Calls made once more with a fresh credential.
    package var retries = 0
    package var unrecordedRefusals = 0
    /// Attributed calls whose answer is not complete.
    package var active = 0
    /// How long services took to begin their answer, credential and audit included.
    package var firstByteBuckets = [Int](repeating: 0, count: IngressCounters.bounds.count + 1)
    package var firstByteSeconds = 0.0

    package init() {}

    mutating func succeeded(_ trail: EgressTrail) {
        answered[Call(trail, outcome: trail.mode?.rawValue ?? ""), default: 0] += 1
    }

    mutating func refused(_ refusal: EgressRefusal, trail: EgressTrail) {
        refused[Call(trail, outcome: refusal.code), default: 0] += 1
    }

    mutating func answered(afterMicroseconds microseconds: Int64) {
        let seconds = Double(microseconds) / 1_000_000
        firstByteSeconds += seconds
        firstByteBuckets[IngressCounters.bucket(seconds)] += 1
    }

    package static func += (total: inout EgressCounters, other: EgressCounters) {
        total.answered.merge(other.answered, uniquingKeysWith: +)
        total.refused.merge(other.refused, uniquingKeysWith: +)
        total.retries += other.retries
        total.unrecordedRefusals += other.unrecordedRefusals
        total.active += other.active
        for index in other.firstByteBuckets.indices { total.firstByteBuckets[index] += other.firstByteBuckets[index] }
        total.firstByteSeconds += other.firstByteSeconds
    }
}

private extension EgressCounters.Call {
    init(_ trail: EgressTrail, outcome: String) {
        self.init(server: trail.presenter?.server ?? "", service: trail.service ?? "", outcome: outcome)
    }
}
