package import HTTPWire

/// What has become of the handshakes with those who connected to one listener.
package struct TLSCounters: Sendable, Equatable {
    /// With and without resumption.
    package var completed = 0
    package var resumed = 0
    package var failed: [TLSFault: Int] = [:]

    package init() {}
}
