package import Delegation
package import Identity
import Synchronization

/// Credentials for services, from memory or from their authorization servers, for all event loops.
///
/// One request per key is under way at a time, whoever asks, and none for a key is ever answered with what was obtained
/// for another. Loops share this because users do: a credential that one loop obtained serves the user's next call on
/// any of them. The lock is held while looking up and never while anything waits.
package final class CredentialCache: Sendable {
    package typealias Obtain = @Sendable (CredentialRequest) async -> Result<Credential, CredentialFault>

    package struct Counts: Sendable, Equatable {
        package var hits: Int
        package var misses: Int
        /// Requests to authorization servers for calls that wait.
        package var flights: Int
        /// Requests ahead of need.
        package var refreshes: Int
        /// Refusals from memory.
        package var negativeHits: Int

        package init(hits: Int = 0, misses: Int = 0, flights: Int = 0, refreshes: Int = 0, negativeHits: Int = 0) {
            self.hits = hits
            self.misses = misses
            self.flights = flights
            self.refreshes = refreshes
            self.negativeHits = negativeHits
        }
    }

    /// One caller's wait.
    package struct Waiter: Sendable {
        fileprivate let leave: @Sendable () -> Void

        /// Gives up. What is already being called on another thread is not held back; later it is not called any more.
        package func cancel() { leave() }
    }

    private struct State {
        var shelf: CredentialShelf
        var flights = CredentialFlights()
        var counts = Counts()
        var isStopped = false
    }

    /// Where the bounds of waiting are reached, and when the gateway stops.
    private static let overload = CredentialFault.unavailable(retryAfterSeconds: 1)

    private let state: Mutex<State>
    private let now: @Sendable () -> UnixTime
    private let obtain: Obtain

    /// - Parameter obtain: asks the authorization server; ends by itself within a bounded time.
    package init(capacity: Int, now: @escaping @Sendable () -> UnixTime, obtain: @escaping Obtain) {
        state = Mutex(State(shelf: CredentialShelf(capacity: capacity)))
        self.now = now
        self.obtain = obtain
    }

    // MARK: - Asking

    /// A credential that is at hand. When it is time for the next one, that is asked for meanwhile; should that fail,
    /// this one serves until its end.
    package func cached(_ request: CredentialRequest) -> Credential? {
        let now = now()
        return state.withLock { state in
            guard !state.isStopped else { return nil }
            switch state.shelf.find(request, now: now) {
            case .credential(let credential):
                state.counts.hits += 1
                return credential
            case .refreshDue(let credential):
                state.counts.hits += 1
                if state.flights.flight(for: request.key) == nil, start(request, &state) != nil {
                    state.counts.refreshes += 1
                }
                return credential
            case .refused, .nothing:
                return nil
            }
        }
    }

    /// Calls back once: before this returns where the answer is known, else from another thread.
    @discardableResult package func credential(
        for request: CredentialRequest, done: @escaping @Sendable (Result<Credential, CredentialFault>) -> Void
    ) -> Waiter {
        let now = now()
        let standing = state.withLock { ask(for: request, now: now, &$0, done) }
        switch standing {
        case .known(let result):
            done(result)
            return Waiter {}
        case .waiting(let flight, let waiter):
            return Waiter { [self] in state.withLock { $0.flights.leave(flight, waiter: waiter) } }
        }
    }

    private enum Standing {
        case known(Result<Credential, CredentialFault>)
        case waiting(flight: Int, waiter: Int)
    }

    private func ask(
        for request: CredentialRequest, now: UnixTime, _ state: inout State, _ done: @escaping CredentialFlights.Done
    ) -> Standing {
        guard !state.isStopped else { return .known(.failure(Self.overload)) }
        switch state.shelf.find(request, now: now) {
        case .credential(let credential), .refreshDue(let credential):
            state.counts.hits += 1
            return .known(.success(credential))
        case .refused(let fault):
            state.counts.negativeHits += 1
            return .known(.failure(fault))
        case .nothing:
            state.counts.misses += 1
        }
        var flight = state.flights.flight(for: request.key)
        if flight == nil {
            flight = start(request, &state)
            if flight != nil { state.counts.flights += 1 }
        }
        guard let flight, let waiter = state.flights.join(flight, done) else { return .known(.failure(Self.overload)) }
        return .waiting(flight: flight, waiter: waiter)
    }

    // MARK: - Flights

    /// A task of its own: whoever asked first may go away, and those who wait with them are served all the same.
    private func start(_ request: CredentialRequest, _ state: inout State) -> Int? {
        guard let flight = state.flights.begin(request) else { return nil }
        let task = Task { [self] in landed(flight, with: await obtain(request)) }
        state.flights.set(task, of: flight)
        return flight
    }

    private func landed(_ number: Int, with result: Result<Credential, CredentialFault>) {
        let now = now()
        let waiters = state.withLock { state -> [CredentialFlights.Done] in
            guard let (flight, isCurrent) = state.flights.land(number) else { return [] }
            if isCurrent {
                switch result {
                case .success(let credential): state.shelf.keep(credential, for: flight.request, now: now)
                case .failure(let fault): state.shelf.keep(fault, for: flight.request, now: now)
                }
            }
            return Array(flight.waiters.values)
        }
        for done in waiters { done(result) }
    }

    // MARK: - Forgetting

    /// A service did not accept this credential. A fresh one that has taken its place stays, and for some seconds does
    /// so though it is not accepted either: whoever asks again is given it again.
    package func forget(_ request: CredentialRequest, _ credential: Credential) {
        let (digest, now) = (credential.digest, now())
        state.withLock { $0.shelf.forget(request.key, using: digest, now: now) }
    }

    /// Those who wait get what they asked for, nobody else does.
    package func forgetAll() {
        state.withLock { state in
            state.shelf.forgetAll()
            state.flights.detachAll()
        }
    }

    /// Clears away what has ended. In steps, between which loops get the lock.
    package func sweep() {
        let now = now()
        while state.withLock({ $0.shelf.sweep(now: now, atMost: 256) }) {}
    }

    /// Everybody who waits is told to come back, and nothing is given any more.
    package func stop() {
        let flights = state.withLock { state -> [CredentialFlights.Flight] in
            state.isStopped = true
            state.shelf.forgetAll()
            return state.flights.takeAll()
        }
        for flight in flights {
            flight.task?.cancel()
            for done in flight.waiters.values { done(.failure(Self.overload)) }
        }
    }

    // MARK: - Numbers

    package var counts: Counts { state.withLock { $0.counts } }
    /// Credentials, and refusals, that are kept.
    package var count: Int { state.withLock { $0.shelf.count } }
    /// Requests to authorization servers that are under way.
    package var flights: Int { state.withLock { $0.flights.count } }
}
