import Audit
import Foundation
package import Identity

/// The wall clock, read where the gateway is wired and nowhere else.
package enum SystemClock {
    /// Since 1970.
    package static func microseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    package static func now() -> UnixTime { UnixTime(seconds: microseconds() / 1_000_000) }
}

package extension SystemClock {
    /// The seconds that RFC 3339 can write: from 1970 to the end of the year 9999.
    static let writable: ClosedRange<Int64> = 0...253_402_300_799

    /// `2026-11-23T03:58:44Z`; the nearest that can be written for a time of a damaged file.
    static func text(_ time: UnixTime) -> String {
        let seconds = min(max(time.seconds, writable.lowerBound), writable.upperBound)
        return String(Timestamp.text(microseconds: seconds * 1_000_000).dropLast(8)) + "Z"
    }
}
