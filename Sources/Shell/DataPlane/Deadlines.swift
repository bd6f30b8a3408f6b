import NIOCore

/// When the outbound calls of one loop end at the latest, with one wake-up for all of them.
///
/// Nearly every call ends long before. A timer for each would be taken back each time, and taking one back costs a step
/// for every timer of the loop: with 64 of them 20,000 instructions.
final class CallDeadlines: NIOScheduledCallbackHandler {
    private let loop: any EventLoop
    private var calls: [ObjectIdentifier: (call: Outbound, deadline: NIODeadline)] = [:]
    private var wakeUp: NIOScheduledCallback?
    private var wakeUpTime = NIODeadline.distantFuture

    init(on loop: any EventLoop) {
        self.loop = loop
    }

    /// The call is told that its transaction ended, once, unless it is struck out before.
    func enter(_ call: Outbound, in delay: TimeAmount) {
        let deadline = Self.shared(loop.now + delay)
        calls[ObjectIdentifier(call)] = (call, deadline)
        if wakeUp == nil || deadline < wakeUpTime { schedule(at: deadline) }
    }

    /// Of all that fall into one tenth of a second, its end: a crowd of calls that began at once has one wake-up.
    private static func shared(_ time: NIODeadline) -> NIODeadline {
        let tenth: UInt64 = 100_000_000
        return .uptimeNanoseconds((time.uptimeNanoseconds + tenth - 1) / tenth * tenth)
    }

    /// The call is over. The wake-up is left alone: it will find nothing to do.
    func strike(_ call: Outbound) {
        calls[ObjectIdentifier(call)] = nil
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        wakeUp = nil
        let now = loop.now
        let due = calls.values.filter { $0.deadline <= now }
        for (call, _) in due {
            strike(call)
            call.transactionEnded()
        }
        if let next = calls.values.map(\.deadline).min(), wakeUp == nil || next < wakeUpTime { schedule(at: next) }
    }

    private func schedule(at time: NIODeadline) {
        wakeUp?.cancel()
        wakeUpTime = time
        // Scheduling fails only on a loop that is shutting down, which closes every channel by itself.
        wakeUp = try? loop.assumeIsolated().scheduleCallback(at: time, handler: self)
    }
}
