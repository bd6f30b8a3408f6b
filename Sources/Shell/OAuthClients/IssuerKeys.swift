package import Admission
package import Identity
package import JOSE
package import Policy
package import StrictCoding

/// Knows every issuer's keys: finds them, fetches them, refreshes them, and hands each new state to the event loops.
///
/// One fetch per issuer at a time, whoever asks; followers wait for the leader's, which is nobody's to cancel. A token
/// with an unknown key may cause a fetch, but not more than one per `pace.unknownKey`, so that a flood of made-up key
/// ids does not become a flood of requests. Keys that cannot be refreshed are used on for an hour (`IssuerStandings`),
/// then their tokens get 503.
package actor IssuerKeys {
    /// What fetching must do: one GET, no redirects, bounded in size and time, and over TLS only with whom the issuer's
    /// authority vouches for. `nil` body where the answer is not 200.
    package typealias Fetch = @Sendable (_ issuer: Issuer, _ url: HTTPURL, _ mostBytes: Int) async -> FetchOutcome
    /// Installs new standings on every loop; returns when all have them.
    package typealias Publish = @Sendable (IssuerStandings) async -> Void
    package typealias Report = @Sendable (_ issuer: ByteString, IssuerFault?) -> Void

    package enum FetchOutcome: Sendable {
        case body([UInt8])
        /// Why there is none, in a few words without secrets.
        case nothing(String)
    }

    /// Seconds between fetches.
    package struct Pace: Sendable {
        /// Because a token names an unknown key.
        package var unknownKey: Int64 = 30
        /// Because no keys are known, or only such as are too old.
        package var outage: Int64 = 2
        /// In any case.
        package var refresh: Int64 = 300
        /// Until metadata is read again.
        package var metadata: Int64 = 3_600

        package init() {}
    }

    fileprivate struct State {
        let issuer: Issuer
        var keySetURL: HTTPURL?
        var metadataRead: UnixTime?
        var standing: IssuerStanding?
        var attempted: UnixTime?
        var fault: IssuerFault?
        var flight: Task<Void, Never>?

        init(_ issuer: Issuer) {
            self.issuer = issuer
            keySetURL = issuer.jwksURI
        }

        /// The same issuer under another policy.
        init(_ issuer: Issuer, known: State) {
            self.init(issuer)
            (keySetURL, metadataRead, standing) = (known.keySetURL, known.metadataRead, known.standing)
            (attempted, fault) = (known.attempted, known.fault)
            // What was being fetched then is not waited for.
            if known.flight != nil { attempted = nil }
        }
    }

    /// What is known of issuers, to begin with under another policy.
    package struct Knowledge: Sendable {
        fileprivate let states: [State]
        fileprivate let fetches: Int
    }

    private var states: [State]
    private let pace: Pace
    private let now: @Sendable () -> UnixTime
    private let fetch: Fetch
    private let report: Report
    private var publish: Publish = { _ in }
    private var publication: Task<Void, Never>?
    private var isStopped = false
    private(set) package var fetches: Int

    /// - Parameter known: kept of every issuer that is the same one still, found and trusted in the same way.
    package init(
        _ policy: PolicySet, known: Knowledge? = nil, pace: Pace = Pace(), now: @escaping @Sendable () -> UnixTime,
        fetch: @escaping Fetch, report: @escaping Report
    ) {
        states = policy.issuers.map { issuer in
            guard let state = known?.states.first(where: { $0.issuer.isFound(like: issuer) }) else {
                return State(issuer)
            }
            return State(issuer, known: state)
        }
        fetches = known?.fetches ?? 0
        self.pace = pace
        self.now = now
        self.fetch = fetch
        self.report = report
    }

    // MARK: - Asking

    /// Fetches the keys of all issuers for the first time; from here on every change is published.
    package func begin(publish: @escaping Publish) async {
        self.publish = publish
        await fetchKeys(of: Array(states.indices))
    }

    /// Fetches these issuers' keys where that is due; returns when every fetch under way for them is over. A position
    /// that the policy does not have is left out: whoever asks may have begun under another one.
    package func fetchKeys(of issuers: [Int]) async {
        let flights = issuers.filter(states.indices.contains).compactMap { flight(of: $0) }
        for flight in flights { await flight.value }
    }

    /// The keys of one issuer, where they are known and young enough to be used.
    ///
    /// - Parameter renewed: asks the issuer first, as far as its pace allows.
    package func keySet(of issuer: Int, renewed: Bool) async -> KeySet? {
        if renewed { await fetchKeys(of: [issuer]) }
        return standings.keys(of: issuer, now: now())
    }

    /// Refreshes everything that has become old, for ever.
    package func keepFresh(sleep: @Sendable (_ seconds: Int64) async throws -> Void) async {
        while (try? await sleep(min(pace.refresh, 5))) != nil {
            await fetchKeys(
                of: states.indices.filter { !wasTried($0, within: isKnown($0) ? pace.refresh : pace.outage) })
        }
    }

    /// Gives up what is being fetched, and fetches nothing more.
    package func stop() {
        isStopped = true
        for state in states { state.flight?.cancel() }
    }

    /// The issuers whose keys are not known or too old, with the reason.
    package func outages() -> [(issuer: ByteString, fault: IssuerFault?)] {
        states.indices.filter { !isKnown($0) }.map { (states[$0].issuer.name, states[$0].fault) }
    }

    /// The issuers whose metadata names somebody else.
    package func mismatches() -> [(issuer: Issuer, fault: IssuerFault)] {
        states.compactMap { state in state.fault.flatMap { $0.isMismatch ? (state.issuer, $0) : nil } }
    }

    // MARK: - Fetching

    private func flight(of index: Int) -> Task<Void, Never>? {
        if let flight = states[index].flight { return flight }
        guard !isStopped else { return nil }
        if wasTried(index, within: isKnown(index) ? pace.unknownKey : pace.outage) { return nil }
        states[index].attempted = now()
        let flight = Task { await self.update(index) }
        states[index].flight = flight
        return flight
    }

    /// A clock that was set back forgets the attempts that are now in the future.
    private func wasTried(_ index: Int, within seconds: Int64) -> Bool {
        guard let attempted = states[index].attempted else { return false }
        return (0..<seconds).contains(now() - attempted)
    }

    private func update(_ index: Int) async {
        let before = states[index].fault?.explanation
        defer { states[index].flight = nil }
        do {
            let standing = try await obtain(index)
            states[index].standing = standing
            states[index].fault = nil
        } catch {
            // What was given up says nothing about the issuer.
            guard !isStopped else { return }
            states[index].fault = error
            // Whoever names another issuer now is not the one whose keys we have.
            if error.isMismatch { states[index].standing = nil }
        }
        if states[index].fault?.explanation != before { report(states[index].issuer.name, states[index].fault) }
        // The flight is over after that and not before: who comes in between would go on without the keys.
        await publishStandings()
    }

    /// One after the other, each with what is known by then, so that no loop gets an older state after a newer one.
    private func publishStandings() async {
        let turn = Task { [previous = publication] in
            await previous?.value
            await publish(standings)
        }
        publication = turn
        await turn.value
    }

    /// Everybody's keys as they are known now, in the order of the policy.
    package var standings: IssuerStandings { IssuerStandings(issuers: states.map(\.standing)) }

    package var knowledge: Knowledge { Knowledge(states: states, fetches: fetches) }

    /// Whether the issuer's keys are known and young enough to be used.
    private func isKnown(_ index: Int) -> Bool {
        standings.keys(of: index, now: now()) != nil
    }

    private func obtain(_ index: Int) async throws(IssuerFault) -> IssuerStanding {
        let url = try await keySetURL(index)
        switch await fetched(states[index].issuer, url, KeySet.documentBytes) {
        case .nothing(let why):
            // It may have moved: read the metadata again before the next attempt.
            states[index].metadataRead = nil
            throw .keySetUnreachable(why)
        case .body(let document):
            let keys: KeySet
            do { keys = try KeySet(parsing: document) } catch { throw .keySet(error) }
            guard !keys.isEmpty else { throw .keySetEmpty }
            return IssuerStanding(keys: keys, document: document, fetched: now())
        }
    }

    private func keySetURL(_ index: Int) async throws(IssuerFault) -> HTTPURL {
        let issuer = states[index].issuer
        if let pinned = issuer.jwksURI { return pinned }
        if let known = states[index].keySetURL, let read = states[index].metadataRead, now() - read < pace.metadata {
            return known
        }
        let metadata = try await IssuerMetadata.find(issuer) { issuer, location, mostBytes in
            await self.fetched(issuer, location, mostBytes)
        }
        let url = try metadata.keySetURL()
        states[index].keySetURL = url
        states[index].metadataRead = now()
        return url
    }

    private func fetched(_ issuer: Issuer, _ url: HTTPURL, _ mostBytes: Int) async -> FetchOutcome {
        fetches += 1
        return await fetch(issuer, url, mostBytes)
    }
}

extension Issuer {
    /// Whether the other's keys are in the same place, and believed on the same grounds.
    fileprivate func isFound(like other: Issuer) -> Bool {
        name == other.name && issuer == other.issuer && jwksURI == other.jwksURI && authority == other.authority
            && allowPrivate == other.allowPrivate
    }
}
