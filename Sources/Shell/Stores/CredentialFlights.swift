import Delegation

/// The requests to authorization servers that are under way, at most one for each key, and who waits for each.
///
/// A flight belongs to nobody: whoever gives up waiting leaves it to the others, and to the shelf.
struct CredentialFlights {
    typealias Done = @Sendable (Result<Credential, CredentialFault>) -> Void

    /// Flights at a time. Each is a request to an authorization server: more would only wait there.
    static let most = 1_024
    /// Calls that wait for one flight; far more than a single user's session makes.
    static let mostWaiters = 2_048

    struct Flight {
        let request: CredentialRequest
        var task: Task<Void, Never>?
        var waiters: [Int: Done] = [:]
    }

    private var flights: [Int: Flight] = [:]
    /// Flights whose result may still be kept and shared.
    private var current: [CredentialKey: Int] = [:]
    private var lastNumber = 0

    var count: Int { flights.count }

    func flight(for key: CredentialKey) -> Int? { current[key] }

    /// `nil` where there are too many.
    mutating func begin(_ request: CredentialRequest) -> Int? {
        guard flights.count < Self.most else { return nil }
        lastNumber += 1
        flights[lastNumber] = Flight(request: request)
        current[request.key] = lastNumber
        return lastNumber
    }

    /// Remembers what to cancel when everything stops.
    mutating func set(_ task: Task<Void, Never>, of flight: Int) {
        flights[flight]?.task = task
    }

    /// `nil` where too many wait already.
    mutating func join(_ flight: Int, _ done: @escaping Done) -> Int? {
        guard let waiting = flights[flight]?.waiters.count, waiting < Self.mostWaiters else { return nil }
        lastNumber += 1
        flights[flight]?.waiters[lastNumber] = done
        return lastNumber
    }

    mutating func leave(_ flight: Int, waiter: Int) {
        flights[flight]?.waiters[waiter] = nil
    }

    /// Takes a flight out that is over. `isCurrent` says whether its result may be kept.
    mutating func land(_ number: Int) -> (flight: Flight, isCurrent: Bool)? {
        guard let flight = flights.removeValue(forKey: number) else { return nil }
        let isCurrent = current[flight.request.key] == number
        if isCurrent { current[flight.request.key] = nil }
        return (flight, isCurrent)
    }

    /// From here on nobody joins the flights that are under way, and nothing of them is kept.
    mutating func detachAll() {
        current = [:]
    }

    mutating func takeAll() -> [Flight] {
        defer { self = CredentialFlights() }
        return Array(flights.values)
    }
}
