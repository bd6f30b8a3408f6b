/// Why there is no instance for a request.
package enum LaunchFault: Error, Sendable, Hashable {
    /// The owner's instance did not get round to it, or was not up yet, while the request could wait; or too many
    /// wait for it.
    case busy(retryAfterSeconds: Int)
    /// All places are taken by instances of others that are at work.
    case full(retryAfterSeconds: Int)
    /// The process ended before it could be used, or keeps ending. The reason is for the operator, not for clients.
    case startFailed(reason: String, retryAfterSeconds: Int)
    /// The process did not accept connections within `startSeconds`.
    case startTimeout(retryAfterSeconds: Int)
    /// There is none, and the request was not to start one.
    case noInstance
    /// The house is closed, or being closed.
    case stopped

    /// After how long another attempt makes sense.
    package var retryAfterSeconds: Int? {
        switch self {
        case .busy(let seconds), .full(let seconds), .startTimeout(let seconds): seconds
        case .startFailed(_, let seconds): seconds
        case .noInstance, .stopped: nil
        }
    }
}

/// How a process ended, as `waitpid` tells it.
package enum ProcessEnd: Sendable, Hashable, CustomStringConvertible {
    case exited(status: Int32)
    case killed(signal: Int32)
    /// Somebody else waited for it.
    case unknown

    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .exited(status: waitStatus >> 8 & 0xFF) : .killed(signal: signal)
    }

    package var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .killed(let signal): "signal \(signal)"
        case .unknown: "an unknown status"
        }
    }
}
