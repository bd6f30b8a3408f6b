/// Keeps calls away from an authorization server that does not answer, and lets one through from time to time to see
/// whether it does again. Times are milliseconds.
///
/// ```text
/// closed ──fifth unavailable in a row──▶ open ──its time is over──▶ probing ──answered──▶ closed
///                                         ▲──────unavailable──────────┘   (open twice as long, up to 30 s)
/// ```
package struct CircuitBreaker: Sendable, Hashable {
    /// One lost answer is an accident, five in a row are an outage.
    package static let failuresToOpen = 5
    package static let firstWait: Int64 = 1_000
    package static let longestWait: Int64 = 30_000

    /// On what terms a call was let through; to be given back with its outcome.
    package enum Passage: Sendable, Hashable {
        case ordinary
        case probe
    }

    package enum Admission: Sendable, Hashable {
        case admitted(Passage)
        case refused(retryAfterSeconds: Int)
    }

    private enum Phase: Hashable {
        case closed(failures: Int)
        case open(until: Int64, openings: Int)
        /// One call is under way, all others are refused.
        case probing(openings: Int)
    }

    private var phase = Phase.closed(failures: 0)

    package init() {}

    package mutating func admit(now: Int64) -> Admission {
        switch phase {
        case .closed:
            return .admitted(.ordinary)
        case .open(let until, let openings):
            let rest = until - now
            // More than the longest wait is left only when the clock was set back.
            if rest > 0 && rest <= Self.longestWait { return .refused(retryAfterSeconds: Int((rest + 999) / 1_000)) }
            phase = .probing(openings: openings)
            return .admitted(.probe)
        case .probing:
            return .refused(retryAfterSeconds: 1)
        }
    }

    /// The server said something, whatever it was: that it cannot now, too. Otherwise one user whom it turns away would
    /// keep everybody from it.
    package mutating func answered(_ passage: Passage) {
        switch (phase, passage) {
        case (.closed, .ordinary), (.probing, .probe): phase = .closed(failures: 0)
        // A call from before the outage that ends now tells nothing about now.
        case (.open, _), (.probing, .ordinary), (.closed, .probe): break
        }
    }

    /// The server was not reached, or did not answer in time.
    ///
    /// - Parameter jitter: from 0 to 1, different each time, so that gateways that lost one server do not come back to
    ///   it in step.
    package mutating func unavailable(_ passage: Passage, now: Int64, jitter: Double) {
        switch (phase, passage) {
        case (.closed(let failures), .ordinary):
            phase = .closed(failures: failures + 1)
            if failures + 1 >= Self.failuresToOpen { open(openings: 1, now: now, jitter: jitter) }
        case (.probing(let openings), .probe): open(openings: openings + 1, now: now, jitter: jitter)
        case (.open, _), (.probing, .ordinary), (.closed, .probe): break
        }
    }

    /// Half of the wait is certain, the other half the jitter's.
    private mutating func open(openings: Int, now: Int64, jitter: Double) {
        let wait = min(Self.firstWait << Int64(min(openings - 1, 5)), Self.longestWait)
        let varied = Double(wait) * (0.5 + 0.5 * min(max(jitter, 0), 1))
        phase = .open(until: now + Int64(varied), openings: openings)
    }
}
