/// What a house did since it was opened, and what it does now.
package struct InstanceCounts: Sendable, Hashable {
    /// Processes now: starting, running or ending.
    package var running = 0
    /// Requests that wait now.
    package var waiting = 0
    package var started = 0
    /// Ended because another owner needed the place.
    package var evicted = 0
    /// Ended by themselves after they had been ready.
    package var crashed = 0
    /// Requests that got no lease.
    package var refused = 0

    package init() {}
}
