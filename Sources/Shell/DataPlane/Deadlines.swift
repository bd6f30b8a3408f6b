import NIOCore

/// Is told that its time is up, on the loop, unless it is struck out before.
protocol DeadlineBearer: AnyObject {
    func deadlinePassed()
}

/// When whatever is under way on one loop ends at the latest, with one wake-up for all of it.
///
/// Nearly everything ends long before. A timer for each would be taken back each time, and taking one back costs a step
/// for every timer of the loop: with 64 of them 20,000 instructions.
final class Deadlines: NIOScheduledCallbackHandler {
    let loop: any EventLoop
    private var bearers: [ObjectIdentifier: (bearer: any DeadlineBearer, deadline: NIODeadline)] = [:]
    private var wakeUp: NIOScheduledCallback?
    private var wakeUpTime = NIODeadline.distantFuture

    init(on loop: any EventLoop) {
        self.loop = loop
    }

    func enter(_ bearer: any DeadlineBearer, in delay: TimeAmount) {
        let deadline = Self.shared(loop.now + delay)
        bearers[ObjectIdentifier(bearer)] = (bearer, deadline)
        if wakeUp == nil || deadline < wakeUpTime { schedule(at: deadline) }
    }

    /// Of all that fall into one tenth of a second, its end: a crowd that began at once has one wake-up.
    private static func shared(_ time: NIODeadline) -> NIODeadline {
        let tenth: UInt64 = 100_000_000
        return .uptimeNanoseconds((time.uptimeNanoseconds + tenth - 1) / tenth * tenth)
    }

    /// It is over. The wake-up is left alone: it will find nothing to do.
    func strike(_ bearer: any DeadlineBearer) {
        bearers[ObjectIdentifier(bearer)] = nil
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        wakeUp = nil
        let now = loop.now
        for (bearer, _) in bearers.values.filter({ $0.deadline <= now }) {
            // One of them may have ended another.
            guard bearers.removeValue(forKey: ObjectIdentifier(bearer)) != nil else { continue }
            bearer.deadlinePassed()
        }
        if let next = bearers.values.map(\.deadline).min(), wakeUp == nil || next < wakeUpTime { schedule(at: next) }
    }

    private func schedule(at time: NIODeadline) {
        wakeUp?.cancel()
        wakeUpTime = time
        // Scheduling fails only on a loop that is shutting down, which closes every channel by itself.
        wakeUp = try? loop.assumeIsolated().scheduleCallback(at: time, handler: self)
    }
}
