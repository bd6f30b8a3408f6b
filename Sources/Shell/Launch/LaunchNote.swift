package import StrictCoding

/// Something about one instance that belongs into the gateway's log. Never holds a secret of the instance.
package struct LaunchNote: Sendable {
    package enum Stream: String, Sendable {
        case stdout, stderr
    }

    package enum What: Sendable, Hashable {
        case started(pid: Int32, port: Int)
        /// It accepts connections.
        case ready(milliseconds: Int64)
        /// It could not be started, or not be used.
        case startFailed(reason: String)
        /// A line that it wrote: whatever bytes a server writes, without its secret, at most 4 KiB.
        case output(Stream, ByteString)
        /// It wrote so many lines more, too fast.
        case dropped(lines: Int)
        case ended(ProcessEnd, EndReason?)
    }

    package let server: ByteString
    package let instance: ByteString
    package let what: What
}

/// Why the gateway ended an instance that did not end by itself.
package enum EndReason: String, Sendable, Hashable {
    /// Nobody asked for it for a while.
    case idle
    /// Another owner needed its place.
    case evicted
    /// It could not be used.
    case unfit
    /// The house is being closed.
    case stopped
}
