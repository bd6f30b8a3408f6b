package import HTTPCodec

/// What one loop's connections have done so far. Counted on the loop without synchronisation; add the loops up to show
/// it.
package struct WireCounters: Sendable, Equatable {
    /// Connections accepted since the start, open now, and turned away.
    package var accepted = 0
    package var active = 0
    package var overflowed = 0
    /// Of those turned away: because all are taken, and because all of one peer's are.
    package var turnedAwayTotal = 0
    package var turnedAwayPeer = 0
    /// Connections that were ended because a head, content, a next request, or the taking of an answer took too long.
    package var headTimeouts = 0
    package var bodyTimeouts = 0
    package var idleTimeouts = 0
    package var writeTimeouts = 0
    package var requests = 0
    /// Requests that the wire refused before or while the handler had them.
    package var refused: [WireError: Int] = [:]
    package var bytesIn = 0
    package var bytesOut = 0

    package var upstreamOpened = 0
    package var upstreamReused = 0
    package var upstreamRetried = 0
    package var upstreamFailed = 0
    package var upstreamBytesIn = 0
    package var upstreamBytesOut = 0

    package init() {}

    package static func += (total: inout WireCounters, other: WireCounters) {
        total.accepted += other.accepted
        total.active += other.active
        total.overflowed += other.overflowed
        total.turnedAwayTotal += other.turnedAwayTotal
        total.turnedAwayPeer += other.turnedAwayPeer
        total.headTimeouts += other.headTimeouts
        total.bodyTimeouts += other.bodyTimeouts
        total.idleTimeouts += other.idleTimeouts
        total.writeTimeouts += other.writeTimeouts
        total.requests += other.requests
        total.refused.merge(other.refused, uniquingKeysWith: +)
        total.bytesIn += other.bytesIn
        total.bytesOut += other.bytesOut
        total.upstreamOpened += other.upstreamOpened
        total.upstreamReused += other.upstreamReused
        total.upstreamRetried += other.upstreamRetried
        total.upstreamFailed += other.upstreamFailed
        total.upstreamBytesIn += other.upstreamBytesIn
        total.upstreamBytesOut += other.upstreamBytesOut
    }
}
