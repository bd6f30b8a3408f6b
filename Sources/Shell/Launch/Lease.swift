package import StrictCoding
import Synchronization

/// The use of an instance for one request of its owner. Given back once: by `release`, or when nobody holds it.
package final class Lease: Sendable {
    /// A short random name, in logs and records.
    package let instance: ByteString
    package let port: Int

    // The port's claim too is given up only then: until the request is over, the port is no other instance's.
    private let ending: Mutex<(claim: PortClaim, release: @Sendable () -> Void)?>

    init(instance: ByteString, claim: PortClaim, release: @escaping @Sendable () -> Void) {
        self.instance = instance
        port = claim.port
        ending = Mutex((claim, release))
    }

    deinit {
        release()
    }

    /// The request is over: its answer has arrived whole, or nobody waits for it any more. Later calls do nothing.
    package func release() {
        let ending = ending.withLock { ending in
            defer { ending = nil }
            return ending
        }
        ending?.release()
    }
}

/// A request that waits for a lease.
package struct Waiter: Sendable {
    private let withdraw: @Sendable () -> Bool

    init(withdraw: @escaping @Sendable () -> Bool) {
        self.withdraw = withdraw
    }

    /// Waits no more.
    ///
    /// - Returns: whether the answer will not come. If not, it came or is coming, and a lease in it is to be released.
    @discardableResult
    package func cancel() -> Bool {
        withdraw()
    }
}
