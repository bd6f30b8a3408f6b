import Admin
import TLS

/// Handshakes, certificates and readings of the policy, as Prometheus shows them.
struct SecurityMetrics {
    /// Listeners that end TLS; `expires` in Unix seconds.
    let doors: [(door: Door, counters: TLSCounters, expires: Int64?)]
    let reloads: ReloadCounts.Value

    var families: [MetricFamily] {
        let reloaded = MetricFamily(
            "bulla_policy_reloads_total", .counter, "Readings of the policy while the gateway ran.",
            [
                .init(labels: [("result", "installed")], value: Double(reloads.installed)),
                .init(labels: [("result", "refused")], value: Double(reloads.refused)),
            ])
        return doors.isEmpty ? [reloaded] : [reloaded, handshakes, expiry]
    }

    private var handshakes: MetricFamily {
        MetricFamily(
            "bulla_tls_handshakes_total", .counter,
            "TLS handshakes with those who connected: `full`, `resumed`, or why there was none.",
            doors.flatMap { door, counters, _ in
                var results = ["full": counters.completed - counters.resumed, "resumed": counters.resumed]
                // Alerts have numbers, which are one reason here.
                for (fault, count) in counters.failed { results["\(fault.code)", default: 0] += count }
                return results.sorted { $0.key < $1.key }.map { result, count in
                    MetricFamily.Sample(
                        labels: [("listener", door.rawValue), ("result", result)], value: Double(count))
                }
            })
    }

    private var expiry: MetricFamily {
        MetricFamily(
            "bulla_tls_certificate_expiry_seconds", .gauge,
            "When the certificate that a listener shows expires, in seconds since 1970.",
            doors.compactMap { door, _, expires in
                expires.map { .init(labels: [("listener", door.rawValue)], value: Double($0)) }
            })
    }
}
