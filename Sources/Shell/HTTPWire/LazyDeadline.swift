import NIOCore

/// A deadline that may be moved thousands of times a second and costs a scheduled wake-up only now and then.
///
/// One wake-up is scheduled at a time. Moving the deadline later leaves it alone: when it comes it looks at the clock
/// and goes back to sleep. Loop-confined; whoever owns it calls `cancel` when its connection is over, and before it is
/// gone itself.
final class LazyDeadline: NIOScheduledCallbackHandler {
    private let eventLoop: any EventLoop
    private let expired: () -> Void
    // Unchecked as `ServerConnection` says.
    @exclusivity(unchecked) private var due: NIODeadline?
    @exclusivity(unchecked) private var wakeUp: NIOScheduledCallback?
    @exclusivity(unchecked) private var wakeUpTime = NIODeadline.distantFuture

    /// - Parameter expired: called once for each deadline that passed. It must not keep the owner alive, and does without
    ///   a weak reference, as no call comes after `cancel`: an object that was ever referred to weakly keeps its reference
    ///   counts in a side table, and every retain and release of it takes three times as long.
    init(on eventLoop: any EventLoop, expired: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.expired = expired
    }

    /// Replaces the deadline, if any, by one that is `delay` away.
    func set(_ delay: TimeAmount) {
        set(at: eventLoop.now + delay)
    }

    func set(at time: NIODeadline) {
        due = time
        if wakeUp == nil || time < wakeUpTime { schedule(at: time) }
    }

    /// Forgets the deadline; a wake-up that is still scheduled will find nothing to do.
    func clear() {
        due = nil
    }

    /// Forgets the deadline and the wake-up.
    func cancel() {
        due = nil
        wakeUp?.cancel()
        wakeUp = nil
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        wakeUp = nil
        guard let due else { return }
        guard due <= eventLoop.now else { return schedule(at: due) }
        self.due = nil
        expired()
    }

    private func schedule(at time: NIODeadline) {
        wakeUp?.cancel()
        wakeUpTime = time
        // Scheduling fails only on a loop that is shutting down, which closes every channel by itself.
        wakeUp = try? eventLoop.assumeIsolated().scheduleCallback(at: time, handler: self)
    }
}
