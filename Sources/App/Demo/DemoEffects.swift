internal import Crypto
internal import Foundation

/// What the demo services ask of the world: the time, randomness and waiting.
package struct DemoEffects: Sendable {
    /// Seconds since 1970.
    package var now: @Sendable () -> Int64
    /// That many unpredictable bytes.
    package var random: @Sendable (_ count: Int) -> [UInt8]
    /// Returns after that many milliseconds, earlier when the task is cancelled.
    package var pause: @Sendable (_ milliseconds: Int) async -> Void

    package init(
        now: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable (_ count: Int) -> [UInt8],
        pause: @escaping @Sendable (_ milliseconds: Int) async -> Void
    ) {
        self.now = now
        self.random = random
        self.pause = pause
    }

    /// The real clock, the system's randomness, real waiting.
    package static let live = DemoEffects(
        now: { Int64(Date().timeIntervalSince1970) },
        random: { SystemRandom.bytes($0) },
        pause: { try? await Task.sleep(for: .milliseconds($0)) })
}
