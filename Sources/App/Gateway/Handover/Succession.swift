import Foundation
import Logging
import ServiceLifecycle

/// How a gateway takes the place of another one on the same addresses, without a client noticing: the new one listens
/// beside the old one, asks it to leave, and begins when it has left. Requests under way are in the old one's memory,
/// and the audit file has one writer, so the two never work at the same time; connections that come meanwhile wait in
/// the kernel.
package struct Succession: Sendable {
    /// Asks a process to finish what it does, and leave.
    package typealias Ask = @Sendable (_ process: Int32) -> Void

    private let ask: Ask

    package init(ask: @escaping Ask) {
        self.ask = ask
    }

    package static let bySignal = Succession { kill($0, SIGTERM) }

    /// Asks the one who has the lock to leave, and takes it when it has.
    ///
    /// - Throws: where it does not leave in time, or we are to stop ourselves.
    func takeLock(at path: String, held: GatewayLock.Held, patience: Duration, logger: Logger) async throws
        -> GatewayLock
    {
        guard let pid = held.pid else { throw SuccessionFailure.unknownProcess(lock: path) }
        logger.notice("asking the running gateway to leave", metadata: ["pid": "\(pid)"])
        ask(pid)
        let end = ContinuousClock.now + patience
        while ContinuousClock.now < end {
            do {
                let lock = try GatewayLock.take(path)
                logger.notice("the gateway before has left", metadata: ["pid": "\(pid)"])
                return lock
            } catch is GatewayLock.Held {
                if Task.isShuttingDownGracefully || Task.isCancelled { throw CancellationError() }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        throw SuccessionFailure.stays(pid: pid, seconds: Int(patience.components.seconds))
    }
}

package enum SuccessionFailure: Error, CustomStringConvertible {
    /// A gateway runs, and this one was not told to take its place.
    case running(pid: Int32?)
    case unknownProcess(lock: String)
    case stays(pid: Int32, seconds: Int)

    package var description: String {
        switch self {
        case .running(let pid):
            """
            a gateway runs on these addresses already\(pid.map { ", as process \($0)" } ?? "")
              help: `bulla run --take-over` takes its place without refusing anybody
            """
        case .unknownProcess(let lock): "a gateway runs on these addresses, and `\(lock)` does not say as which process"
        case .stays(let pid, let seconds):
            "the running gateway, process \(pid), was asked to leave and has not within \(seconds) seconds"
        }
    }
}
