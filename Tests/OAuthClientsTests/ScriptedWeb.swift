import Identity
import OAuthClients
import Policy
import Synchronization
import TestSupport

/// Time as an integer that tests move.
final class ManualClock: Sendable {
    private let seconds = Shared<Int64>(1_795_478_400)

    var now: UnixTime { UnixTime(seconds: seconds.value) }

    func advance(_ amount: Int64) {
        seconds.change { $0 += amount }
    }
}

/// A web of a few documents, without sockets: what is not there is `HTTP status 404`. It remembers what was asked for,
/// and can be held, so that a test decides when answers come.
final class ScriptedWeb: Sendable {
    private struct State {
        var answers: [String: IssuerKeys.FetchOutcome] = [:]
        var asked: [String] = []
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    /// Everything that was asked for, in order.
    var asked: [String] { state.withLock { $0.asked } }

    func put(_ url: String, _ document: String) {
        put(url, .body(Array(document.utf8)))
    }

    func put(_ url: String, _ outcome: IssuerKeys.FetchOutcome) {
        state.withLock { $0.answers[url] = outcome }
    }

    func fetch(_ url: HTTPURL) async -> IssuerKeys.FetchOutcome {
        await withCheckedContinuation { held in
            let (ready, goesOn) = state.withLock { state in
                state.asked.append(url.text.string)
                let ready = state.watchers.filter { $0.count <= state.asked.count }
                state.watchers.removeAll { $0.count <= state.asked.count }
                if state.isHeld { state.held.append(held) }
                return (ready, !state.isHeld)
            }
            for watcher in ready { watcher.continuation.resume() }
            if goesOn { held.resume() }
        }
        return state.withLock { $0.answers[url.text.string] } ?? .nothing("HTTP status 404")
    }

    // MARK: - Holding

    func hold() {
        state.withLock { $0.isHeld = true }
    }

    func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// Returns when so many fetches have begun.
    func waitUntilAsked(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.asked.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }
}
