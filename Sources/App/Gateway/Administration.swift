import Admin
import Audit
import HTTPWire

/// What operators see of the running gateway.
struct Administration: Sendable {
    let regimes: Regimes
    let crew: Crew
    let audit: AuditLog
    let commons: Commons
    let clients: [Listener]
    let doorTLS: DoorTLS
    let reloads: ReloadCounts

    var service: AdminService {
        AdminService(readiness: { await readiness() }, metrics: { await metrics() }, checkpoint: { audit.checkpoint })
    }

    private func readiness() async -> AdminService.Readiness {
        let regime = regimes.current
        var problems = await regime.issuers.outages().map { outage in
            "issuer \(outage.issuer): \(outage.fault?.explanation ?? "its keys are being fetched")"
        }
        problems += audit.problems
        return AdminService.Readiness(problems: problems, policyDigest: regime.policy.digest)
    }

    private func metrics() async -> [MetricFamily] {
        guard let counters = await crew.counters() else { return [] }
        var wire = counters.upstream
        for listener in clients { if let part = try? await listener.counters() { wire += part } }
        let regime = regimes.current
        let outages = await regime.issuers.outages().map(\.issuer)
        let metrics = Metrics(
            policy: regime.policy, counters: counters, commons: commons, wire: wire, audit: audit,
            keyFetches: await regime.issuers.fetches,
            issuersReady: regime.policy.issuers.map { ($0.name, !outages.contains($0.name)) })
        let security = SecurityMetrics(
            doors: Door.allCases.compactMap { door in
                doorTLS.counters(of: door).map { (door, $0, regime.securities.value.doors[door]?.expires) }
            }, reloads: reloads.value)
        return metrics.families + security.families
    }
}
