import Identity
import Policy

/// Knows the endpoints of the issuers whose clients the policy does not pin to any: read from the issuers' metadata,
/// one reading at a time, whoever asks.
actor TokenEndpoints {
    struct Published: Sendable, Equatable {
        let token: PublishedEndpoint
        let introspection: PublishedEndpoint
    }

    /// Seconds for which a reading holds.
    static let metadataSeconds: Int64 = 3_600
    /// Seconds until it is tried again after a reading that failed.
    static let outageSeconds: Int64 = 2

    private struct State {
        let issuer: Issuer
        var reading: (result: Result<Published, IssuerFault>, at: UnixTime)?
        var flight: Task<Result<Published, IssuerFault>, Never>?
    }

    private var states: [State]
    private let fetch: IssuerKeys.Fetch
    private let now: @Sendable () -> UnixTime

    init(issuers: [Issuer], fetch: @escaping IssuerKeys.Fetch, now: @escaping @Sendable () -> UnixTime) {
        states = issuers.map { State(issuer: $0) }
        self.fetch = fetch
        self.now = now
    }

    /// - Parameter issuer: position in the policy.
    func published(by issuer: Int) async -> Result<Published, IssuerFault> {
        if let reading = states[issuer].reading, holds(reading) { return reading.result }
        if let flight = states[issuer].flight { return await flight.value }
        // Not the asker's own task: whoever gives up waiting does not give up for the others.
        let flight = Task { await self.read(issuer) }
        states[issuer].flight = flight
        return await flight.value
    }

    /// Reads again before the next use: what was published may have moved.
    func forget(_ issuer: Int) {
        states[issuer].reading = nil
    }

    private func read(_ index: Int) async -> Result<Published, IssuerFault> {
        let result: Result<Published, IssuerFault>
        do {
            let metadata = try await IssuerMetadata.find(states[index].issuer, fetch: fetch)
            result = .success(
                Published(
                    token: metadata.endpoint("token_endpoint"),
                    introspection: metadata.endpoint("introspection_endpoint")))
        } catch {
            result = .failure(error)
        }
        states[index].reading = (result, now())
        states[index].flight = nil
        return result
    }

    /// A clock that was set back makes a reading of the future, which holds no longer.
    private func holds(_ reading: (result: Result<Published, IssuerFault>, at: UnixTime)) -> Bool {
        let seconds =
            switch reading.result {
            case .success: Self.metadataSeconds
            case .failure: Self.outageSeconds
            }
        return (0..<seconds).contains(now() - reading.at)
    }
}
