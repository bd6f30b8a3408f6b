/// A moment in whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted (RFC 7519, "NumericDate").
package struct UnixTime: Hashable, Comparable, Sendable {
    package let seconds: Int64

    package init(seconds: Int64) {
        self.seconds = seconds
    }

    package static func < (left: UnixTime, right: UnixTime) -> Bool { left.seconds < right.seconds }

    package static func + (time: UnixTime, seconds: Int64) -> UnixTime { UnixTime(seconds: time.seconds + seconds) }

    package static func - (time: UnixTime, seconds: Int64) -> UnixTime { UnixTime(seconds: time.seconds - seconds) }

    /// Seconds from `right` to `left`.
    package static func - (left: UnixTime, right: UnixTime) -> Int64 { left.seconds - right.seconds }
}
