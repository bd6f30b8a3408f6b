import Delegation
import Testing

@Suite struct CircuitBreakerTests {
    enum Event: String, Sendable, CaseIterable {
        case admit, answered, unavailable, probeAnswered, probeUnavailable
    }

    enum State: String, Sendable, CaseIterable {
        case closed, fourFailures, open, over, probing
    }

    private static func breaker(_ state: State) -> (breaker: CircuitBreaker, now: Int64) {
        var breaker = CircuitBreaker()
        let failures =
            switch state {
            case .closed: 0
            case .fourFailures: 4
            case .open, .over, .probing: 5
            }
        for _ in 0..<failures { breaker.unavailable(.ordinary, now: 0, jitter: 1) }
        let now: Int64 = state == .over || state == .probing ? 1_000 : 0
        if state == .probing { _ = breaker.admit(now: now) }
        return (breaker, now)
    }

    /// What a call sees next, at once and a second later.
    private static func view(_ breaker: CircuitBreaker, now: Int64) -> String {
        [now, now + 1_000].map { moment in
            var copy = breaker
            return switch copy.admit(now: moment) {
            case .admitted(.ordinary): "in"
            case .admitted(.probe): "probe"
            case .refused(let seconds): "\(seconds)s"
            }
        }.joined(separator: " ")
    }

    /// One row per state, one column per event: what a call sees afterwards, at once and a second later.
    static let table: [(State, [Event: String])] = [
        (
            .closed,
            [
                .admit: "in in", .answered: "in in", .unavailable: "in in", .probeAnswered: "in in",
                .probeUnavailable: "in in",
            ]
        ),
        (
            .fourFailures,
            [
                .admit: "in in", .answered: "in in", .unavailable: "1s probe", .probeAnswered: "in in",
                .probeUnavailable: "in in",
            ]
        ),
        (
            .open,
            [
                .admit: "1s probe", .answered: "1s probe", .unavailable: "1s probe", .probeAnswered: "1s probe",
                .probeUnavailable: "1s probe",
            ]
        ),
        (
            .over,
            [
                .admit: "1s 1s", .answered: "probe probe", .unavailable: "probe probe", .probeAnswered: "probe probe",
                .probeUnavailable: "probe probe",
            ]
        ),
        (
            .probing,
            [
                .admit: "1s 1s", .answered: "1s 1s", .unavailable: "1s 1s", .probeAnswered: "in in",
                .probeUnavailable: "2s 1s",
            ]
        ),
    ]

    @Test(arguments: table) func everyEventInEveryState(state: State, expected: [Event: String]) {
        for event in Event.allCases {
            var (breaker, now) = Self.breaker(state)
            switch event {
            case .admit: _ = breaker.admit(now: now)
            case .answered: breaker.answered(.ordinary)
            case .unavailable: breaker.unavailable(.ordinary, now: now, jitter: 1)
            case .probeAnswered: breaker.answered(.probe)
            case .probeUnavailable: breaker.unavailable(.probe, now: now, jitter: 1)
            }
            #expect(Self.view(breaker, now: now) == expected[event], "\(state) after \(event)")
        }
    }

    @Test func onlyFailuresInARowCount() {
        var breaker = CircuitBreaker()
        for _ in 0..<20 {
            for _ in 0..<4 { breaker.unavailable(.ordinary, now: 0, jitter: 1) }
            breaker.answered(.ordinary)
        }
        #expect(breaker.admit(now: 0) == .admitted(.ordinary))
    }

    @Test(
        arguments: [
            (1.0, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]),
            (0.0, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]),
            (0.5, [750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500]),
            (7.0, [1_000, 2_000]), (-7.0, [500, 1_000]),
        ] as [(Double, [Int64])])
    func eachFailedProbeDoublesTheWait(jitter: Double, waits: [Int64]) {
        var breaker = CircuitBreaker()
        var now: Int64 = 0
        for _ in 0..<5 { breaker.unavailable(.ordinary, now: now, jitter: jitter) }
        for wait in waits {
            let lastMoment = breaker.admit(now: now + wait - 1)
            #expect(lastMoment == .refused(retryAfterSeconds: 1))
            now += wait
            #expect(breaker.admit(now: now) == .admitted(.probe))
            #expect(breaker.admit(now: now) == .refused(retryAfterSeconds: 1))
            breaker.unavailable(.probe, now: now, jitter: jitter)
        }
        // An answer makes it begin anew.
        #expect(breaker.admit(now: now + 30_000) == .admitted(.probe))
        breaker.answered(.probe)
        for _ in 0..<5 { breaker.unavailable(.ordinary, now: now, jitter: 1) }
        #expect(breaker.admit(now: now) == .refused(retryAfterSeconds: 1))
        #expect(breaker.admit(now: now + 1_000) == .admitted(.probe))
    }

    @Test func aClockThatIsSetBackDoesNotLengthenTheWait() {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.unavailable(.ordinary, now: 1_000_000, jitter: 1) }
        #expect(breaker.admit(now: 1_000) == .admitted(.probe))
    }
}
