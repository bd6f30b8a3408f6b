/// Whose instances ended without having worked for a while, and until when no other is started for them: 1 s after the
/// first time, twice as long after each further one, 30 s at most.
struct Backoff {
    static let mostSeconds = 30
    /// So long after a pause, all is forgotten.
    static let memoryMilliseconds: Int64 = 60_000
    /// Owners remembered; beyond that, those whose pause is over soonest are forgotten.
    static let mostOwners = 1_024

    struct Strike: Equatable {
        let count: Int
        /// Milliseconds.
        let until: Int64
    }

    private var strikes: [InstanceOwner: Strike] = [:]

    var count: Int { strikes.count }

    /// One more failure.
    mutating func strike(_ owner: InstanceOwner, now: Int64) -> Strike {
        let count = (remembered(owner, now: now)?.count ?? 0) + 1
        let seconds = min(Self.mostSeconds, 1 << min(count - 1, 5))
        let strike = Strike(count: count, until: now + Int64(seconds) * 1_000)
        strikes[owner] = strike
        if strikes.count > Self.mostOwners { makeRoom(now: now) }
        return strike
    }

    mutating func forget(_ owner: InstanceOwner) {
        strikes[owner] = nil
    }

    /// Seconds until the owner may have an instance started; `nil` when it may now.
    func pause(of owner: InstanceOwner, now: Int64) -> Int? {
        guard let strike = strikes[owner], strike.until > now else { return nil }
        return Self.seconds(until: strike.until, now: now)
    }

    static func seconds(until: Int64, now: Int64) -> Int {
        max(1, Int((until - now + 999) / 1_000))
    }

    private func remembered(_ owner: InstanceOwner, now: Int64) -> Strike? {
        strikes[owner].flatMap { now < $0.until + Self.memoryMilliseconds ? $0 : nil }
    }

    private mutating func makeRoom(now: Int64) {
        strikes = strikes.filter { now < $0.value.until + Self.memoryMilliseconds }
        while strikes.count > Self.mostOwners {
            guard let first = strikes.min(by: { $0.value.until < $1.value.until })?.key else { return }
            strikes[first] = nil
        }
    }
}
