package import Admission
import Delegation
import HTTPCodec
package import HTTPWire
import Identity
package import NIOCore
import Policy
package import StrictCoding

/// What one event loop owns: the footing and keys that new requests begin with, its verified tokens, its upstream
/// connections, its counters. Nothing here is shared but the budget of the process; other threads reach it only through
/// the loop.
package final class Worker {
    package let loop: any EventLoop
    /// What new requests stand on.
    package private(set) var footing: Footing
    /// By position in the policy of `footing`.
    package private(set) var standings: IssuerStandings
    package var counters = IngressCounters()
    package var egress = EgressCounters()
    /// Connections to MCP servers, and to services: a service must not take what a server needs.
    let pool: UpstreamPool
    let downstream: UpstreamPool
    let effects: Effects
    /// Of the whole process.
    let requests: RequestBudget
    var occupancy = Occupancy()
    let deadlines: Deadlines
    private var tokens: TokenCache
    /// Ends the streams that clients opened to listen.
    private var listening: [ObjectIdentifier: () -> Void] = [:]
    private var isLeaving = false
    private var failures = FailureBudget()
    private var overload = SecondBudget()

    package init(
        loop: any EventLoop, epoch: Epoch, securities: UpstreamSecurities = .none, standings: IssuerStandings,
        pool: UpstreamPool, downstream: UpstreamPool, requests: RequestBudget = RequestBudget(), effects: Effects
    ) {
        precondition(standings.issuers.count == epoch.policy.issuers.count, "standings are those of the policy")
        self.loop = loop
        deadlines = Deadlines(on: loop)
        footing = Footing(epoch: epoch, securities: securities)
        self.standings = standings
        self.requests = requests
        self.pool = pool
        self.downstream = downstream
        self.effects = effects
        tokens = TokenCache(capacity: epoch.policy.limits.verifiedTokens)
        requests.allow(epoch.policy.limits.requests)
        counters.accepted.order(as: epoch.policy.servers.map(\.name))
    }

    package var epoch: Epoch { footing.epoch }

    /// New requests begin with this epoch; what was verified under the old one is verified again.
    ///
    /// - Parameters:
    ///   - securities: `nil` keeps those of the same policy; of another one, https upstreams are then refused.
    ///   - standings: `nil` keeps those of the same policy; of another one, no keys are then known.
    package func install(
        _ epoch: Epoch, securities: UpstreamSecurities? = nil, standings: IssuerStandings? = nil
    ) {
        let isSame = epoch.policy.digest == self.epoch.policy.digest
        let unknown = IssuerStandings(issuers: epoch.policy.issuers.map { _ in nil })
        let standings = standings ?? (isSame ? self.standings : unknown)
        precondition(standings.issuers.count == epoch.policy.issuers.count, "standings are those of the policy")
        footing = Footing(epoch: epoch, securities: securities ?? (isSame ? footing.securities : .none))
        self.standings = standings
        tokens = TokenCache(capacity: epoch.policy.limits.verifiedTokens)
        requests.allow(epoch.policy.limits.requests)
        counters.accepted.order(as: epoch.policy.servers.map(\.name))
    }

    /// Issuers' keys changed: a token that a withdrawn key had verified is no longer believed.
    ///
    /// - Parameter digest: of the policy to which their order belongs. Keys of another policy than the one that is
    ///   installed came too late and are left.
    package func install(_ standings: IssuerStandings, of digest: ByteString? = nil) {
        guard digest ?? epoch.policy.digest == epoch.policy.digest,
            standings.issuers.count == epoch.policy.issuers.count
        else { return }
        let areSame = self.standings.hasSameKeys(as: standings)
        self.standings = standings
        if !areSame { tokens.forgetAll() }
    }

    /// The issuers' keys as they are known under the policy of an epoch; `nil` once another policy is installed, for
    /// which nobody keeps them.
    func standings(under epoch: Epoch) -> IssuerStandings? {
        epoch === self.epoch || epoch.policy.digest == self.epoch.policy.digest ? standings : nil
    }

    package var verifiedTokens: Int { tokens.count }
    /// Users with a request under way, and bytes of messages held for them.
    package var activeUsers: Int { occupancy.users }
    package var bufferedBytes: Int { occupancy.bufferedBytes }
    package var upstreamCounters: WireCounters {
        var counters = pool.counters
        counters += downstream.counters
        return counters
    }

    /// The process is about to end: what clients opened to listen ends now and whenever it begins, since it would go on
    /// for ever and they come back by themselves. Requests go on.
    package func endListening() {
        isLeaving = true
        for end in Array(listening.values) { end() }
    }

    /// - Parameter end: called at most once, and never from within.
    func listens(_ stream: Forwarding, end: @escaping () -> Void) {
        guard !isLeaving else { return loop.assumeIsolated().execute { end() } }
        listening[ObjectIdentifier(stream)] = end
    }

    func stopsListening(_ stream: Forwarding) {
        listening[ObjectIdentifier(stream)] = nil
    }

    /// Finds out whom a bearer token speaks for, at once when this loop has seen it before; `nil` where the policy that
    /// the request began with is no longer the one whose issuers' keys are known.
    func identify(_ token: [UInt8], issuers: [Int], epoch: Epoch) -> Identification? {
        let now = effects.now()
        // A connection may still hold an older epoch than the cache was filled under.
        let cacheable = epoch === self.epoch
        if cacheable, let known = tokens.token(token, now: now), issuers.contains(known.token.issuerIndex) {
            counters.tokenCacheHits += 1
            return .accepted(known)
        }
        guard let standings = standings(under: epoch) else { return nil }
        counters.tokenCacheMisses += 1
        switch epoch.verifier.find(token, trusted: issuers, standings: standings, now: now) {
        case .accepted(let found):
            return .accepted(cacheable ? tokens.keep(found, for: token, now: now) : KnownToken(found, until: now))
        case .refused(let refusal): return .refused(refusal)
        case .keysNeeded(let wanting, let otherwise): return .keysNeeded(issuers: wanting, otherwise: otherwise)
        }
    }

    func fresh() -> FreshIdentifiers {
        FreshIdentifiers(
            milliseconds: effects.microseconds() / 1_000, random: effects.random(FreshIdentifiers.randomBytes))
    }

    /// What became of a request that is on record as accepted, where nothing can be answered any more.
    ///
    /// - Parameter status: what the client was told, if anything.
    func recordFailure(_ fault: UpstreamFault, status: Int?, trail: IngressTrail, epoch: Epoch) {
        let refusal = Refusal.upstream(fault)
        note(refusal, status: status ?? refusal.status, isAccepted: true, trail: trail, epoch: epoch)
    }

    /// The one way out for a request that is not answered by its server: counted, recorded, explained.
    ///
    /// - Parameter isAccepted: whether it is on record as let in.
    func refuse(
        _ refusal: Refusal, trail: IngressTrail, epoch: Epoch, isAccepted: Bool = false
    ) -> WholeResponse {
        let response = RefusalResponse(refusal, trail: trail, epoch: epoch)
        note(refusal, status: response.status, isAccepted: isAccepted, trail: trail, epoch: epoch)
        return WholeResponse(status: response.status, fields: response.fields, body: response.body)
    }

    private func note(_ refusal: Refusal, status: Int, isAccepted: Bool, trail: IngressTrail, epoch: Epoch) {
        counters.refused(refusal, server: trail.server, epoch: epoch)
        if refusal.isOverload, !overload.spend(second: effects.now().seconds) {
            counters.unrecordedOverload += 1
            return
        }
        let record = IngressRecord(
            refused: refusal, status: status, isAccepted: isAccepted, trail: trail, epoch: epoch)
        if !effects.record(record, effects.microseconds()) { counters.unrecordedRefusals += 1 }
    }

    /// The one way out for a call that was refused before it was attributed.
    func refuse(_ refusal: EgressRefusal, trail: EgressTrail, epoch: Epoch) -> WholeResponse {
        let refusal = failures.admit(refusal, second: effects.now().seconds)
        egress.refused(refusal, trail: trail)
        if case .tooManyFailures = refusal { return EgressRefusalResponse(refusal).whole }
        record(.denied(reason: refusal.reason, status: refusal.status), trail, epoch: epoch)
        return EgressRefusalResponse(refusal).whole
    }

    func record(_ event: EgressRecord.Event, _ trail: EgressTrail, epoch: Epoch) {
        let record = EgressRecord(event, trail, policyDigest: epoch.policy.digest)
        if !effects.egress.record(record, effects.microseconds()) { egress.unrecordedRefusals += 1 }
    }
}

/// What came of a token that one request bears.
enum Identification {
    case accepted(KnownToken)
    case refused(TokenRefusal)
    /// As in `TokenFinding`.
    case keysNeeded(issuers: [Int], otherwise: TokenRefusal)
}

extension EgressRefusal {
    /// What audit says: the code, and for the operator what is behind it.
    var reason: String { detail.map { "\(code): \($0)" } ?? code }
}
