package import StrictCoding
import Synchronization

/// Asks a running gateway to read its policy again. Whoever asks while that is being done is answered by the next
/// reading, which all that wait share.
package final class ReloadBell: Sendable {
    package enum Outcome: Sendable, Equatable {
        case installed(policy: ByteString)
        /// The policy from before stays; why, one text for each error.
        case refused([String])
        /// The gateway does not run, or is about to end.
        case stopped
    }

    private struct State {
        var waiting: [CheckedContinuation<Outcome, Never>] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    /// One element for each time at which somebody may wait.
    let rings: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    package init() {
        (rings, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Returns when the policy is in force everywhere, or has been refused.
    package func ring() async -> Outcome {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.waiting.append(continuation) }
                return state.isStopped
            }
            guard !isStopped else { return continuation.resume(returning: .stopped) }
            bell.yield()
        }
    }

    /// Has whoever listens look around, though nobody may wait.
    func nudge() {
        bell.yield()
    }

    /// Those who wait; whoever takes them answers them.
    func take() -> [CheckedContinuation<Outcome, Never>] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    func stop() {
        let waiting = state.withLock { state in
            defer { state = State(isStopped: true) }
            return state.waiting
        }
        bell.finish()
        for continuation in waiting { continuation.resume(returning: .stopped) }
    }
}
