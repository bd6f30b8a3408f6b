package import Admission
import Delegation
import HTTPCodec
package import HTTPWire
import Identity
package import NIOCore

/// What one event loop owns: the epoch and keys that new requests begin with, its verified tokens, its upstream
/// connections, its counters. Nothing here is shared; other threads reach it only through the loop.
package final class Worker {
    package let loop: any EventLoop
    package private(set) var epoch: Epoch
    package private(set) var standings: IssuerStandings
    package var counters: IngressCounters
    package var egress = EgressCounters()
    /// Connections to MCP servers, and to services: a service must not take what a server needs.
    let pool: UpstreamPool
    let downstream: UpstreamPool
    let effects: Effects
    private var tokens: TokenCache
    private var failures = FailureBudget()

    package init(
        loop: any EventLoop, epoch: Epoch, standings: IssuerStandings, pool: UpstreamPool,
        downstream: UpstreamPool, effects: Effects
    ) {
        self.loop = loop
        self.epoch = epoch
        self.standings = standings
        self.pool = pool
        self.downstream = downstream
        self.effects = effects
        counters = IngressCounters(servers: epoch.policy.servers.count)
        tokens = TokenCache(capacity: epoch.policy.limits.verifiedTokens)
    }

    /// New requests begin with this epoch; what was verified under the old one is verified again.
    package func install(_ epoch: Epoch) {
        self.epoch = epoch
        counters.makeRoom(servers: epoch.policy.servers.count)
        tokens = TokenCache(capacity: epoch.policy.limits.verifiedTokens)
    }

    /// Issuers' keys changed: a token that a withdrawn key had verified is no longer believed.
    package func install(_ standings: IssuerStandings) {
        let areSame = self.standings.hasSameKeys(as: standings)
        self.standings = standings
        if !areSame { tokens.forgetAll() }
    }

    package var verifiedTokens: Int { tokens.count }
    package var upstreamCounters: WireCounters {
        var counters = pool.counters
        counters += downstream.counters
        return counters
    }

    /// Finds out whom a bearer token speaks for, at once when this loop has seen it before.
    func identify(_ token: [UInt8], issuers: [Int], epoch: Epoch) -> TokenFinding {
        let now = effects.now()
        // A connection may still hold an older epoch than the cache was filled under.
        let cacheable = epoch === self.epoch
        if cacheable, let known = tokens.token(token, now: now), issuers.contains(known.issuerIndex) {
            counters.tokenCacheHits += 1
            return .accepted(known)
        }
        counters.tokenCacheMisses += 1
        let finding = epoch.verifier.find(token, trusted: issuers, standings: standings, now: now)
        if cacheable, case .accepted(let found) = finding { tokens.keep(found, for: token, now: now) }
        return finding
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
        note(refusal, status: status ?? refusal.status, trail: trail, epoch: epoch)
    }

    /// The one way out for a request that is not answered by its server: counted, recorded, explained.
    func refuse(_ refusal: Refusal, trail: IngressTrail, epoch: Epoch) -> WholeResponse {
        let response = RefusalResponse(refusal, trail: trail, epoch: epoch)
        note(refusal, status: response.status, trail: trail, epoch: epoch)
        return WholeResponse(status: response.status, fields: response.fields, body: response.body)
    }

    private func note(_ refusal: Refusal, status: Int, trail: IngressTrail, epoch: Epoch) {
        counters.refused(refusal, server: trail.server, epoch: epoch)
        let record = IngressRecord(refused: refusal, status: status, trail: trail, epoch: epoch)
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

extension EgressRefusal {
    /// What audit says: the code, and for the operator what is behind it.
    var reason: String { detail.map { "\(code): \($0)" } ?? code }
}
