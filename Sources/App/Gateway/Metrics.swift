import Admin
import Audit
import DataPlane
import HTTPWire
import Policy
import StrictCoding

/// The gateway's counters as Prometheus shows them.
struct Metrics {
    let policy: PolicySet
    let counters: Crew.Counters
    let commons: Commons
    /// What the listeners and the upstream pools count, added up.
    let wire: WireCounters
    let audit: AuditLog
    let keyFetches: Int
    let issuersReady: [(name: ByteString, isReady: Bool)]

    private var ingress: IngressCounters { counters.ingress }

    var families: [MetricFamily] {
        decisions + latency + tokens + EgressMetrics(counters: counters.egress, commons: commons).families + connections
            + upstreams + AuditMetrics(audit: audit).families
    }

    private var decisions: [MetricFamily] {
        let accepted = policy.servers.indices.map { index in
            MetricFamily.Sample(
                labels: [("server", policy.servers[index].name.string)], value: Double(ingress.accepted[index]))
        }
        let refused = ingress.refused.sorted { ($0.key.server, $0.key.code) < ($1.key.server, $1.key.code) }.map {
            key, count in
            MetricFamily.Sample(labels: [("server", key.server.string), ("code", key.code)], value: Double(count))
        }
        return [
            MetricFamily("bulla_ingress_accepted_total", .counter, "Requests forwarded to an MCP server.", accepted),
            MetricFamily(
                "bulla_ingress_refused_total", .counter,
                "Requests not answered by their MCP server, by the code of the refusal.", refused),
            MetricFamily(
                "bulla_ingress_active", .gauge, "Requests whose answer is not complete.", Double(ingress.active)),
            MetricFamily("bulla_ingress_streams", .gauge, "Open server-sent event streams.", Double(ingress.streams)),
            MetricFamily(
                "bulla_ingress_users_active", .gauge, "Users with a request under way, on each event loop.",
                Double(counters.activeUsers)),
            MetricFamily(
                "bulla_ingress_buffered_bytes", .gauge, "Bytes of messages held for inspection.",
                Double(counters.bufferedBytes)),
            MetricFamily(
                "bulla_ingress_overload_unrecorded_total", .counter,
                "Requests refused for want of room beyond those of which each second's first are on record.",
                Double(ingress.unrecordedOverload)),
        ]
    }

    private var latency: [MetricFamily] {
        [
            MetricFamily(
                "bulla_upstream_first_byte_seconds", .histogram, "From forwarding a request to the head of its answer.",
                Self.histogram(ingress.firstByteBuckets, sum: ingress.firstByteSeconds))
        ]
    }

    private var tokens: [MetricFamily] {
        [
            MetricFamily(
                "bulla_token_cache_hits_total", .counter, "Tokens known from before.", Double(ingress.tokenCacheHits)),
            MetricFamily(
                "bulla_token_cache_misses_total", .counter, "Tokens verified.", Double(ingress.tokenCacheMisses)),
            MetricFamily(
                "bulla_token_cache_entries", .gauge, "Tokens remembered as verified.", Double(counters.verifiedTokens)),
            MetricFamily(
                "bulla_issuer_fetches_total", .counter, "Fetches of metadata and keys from identity providers.",
                Double(keyFetches)),
            MetricFamily(
                "bulla_issuer_ready", .gauge, "Whether the issuer's keys are known.",
                issuersReady.map { .init(labels: [("issuer", $0.name.string)], value: $0.isReady ? 1 : 0) }),
        ]
    }

    private var connections: [MetricFamily] {
        [
            MetricFamily(
                "bulla_connections_accepted_total", .counter, "Client connections accepted.", Double(wire.accepted)),
            MetricFamily("bulla_connections_active", .gauge, "Client connections open.", Double(wire.active)),
            MetricFamily(
                "bulla_connections_turned_away_total", .counter,
                "Client connections beyond a limit, by the limit.",
                [
                    .init(labels: [("limit", "connections")], value: Double(wire.turnedAwayTotal)),
                    .init(labels: [("limit", "connections_per_peer")], value: Double(wire.turnedAwayPeer)),
                ]),
            MetricFamily(
                "bulla_connection_timeouts_total", .counter, "Client connections ended for being slow, by what with.",
                [
                    .init(labels: [("what", "head")], value: Double(wire.headTimeouts)),
                    .init(labels: [("what", "body")], value: Double(wire.bodyTimeouts)),
                    .init(labels: [("what", "idle")], value: Double(wire.idleTimeouts)),
                    .init(labels: [("what", "write")], value: Double(wire.writeTimeouts)),
                ]),
            MetricFamily("bulla_client_bytes_received_total", .counter, "Bytes from clients.", Double(wire.bytesIn)),
            MetricFamily("bulla_client_bytes_sent_total", .counter, "Bytes to clients.", Double(wire.bytesOut)),
        ]
    }

    private var upstreams: [MetricFamily] {
        [
            MetricFamily(
                "bulla_upstream_connections_opened_total", .counter, "Connections opened to MCP servers.",
                Double(wire.upstreamOpened)),
            MetricFamily(
                "bulla_upstream_connections_reused_total", .counter, "Requests sent on a connection used before.",
                Double(wire.upstreamReused)),
            MetricFamily(
                "bulla_upstream_retries_total", .counter, "Requests sent again because a kept connection was dead.",
                Double(wire.upstreamRetried)),
            MetricFamily(
                "bulla_upstream_failures_total", .counter, "Requests without a whole answer.",
                Double(wire.upstreamFailed)),
        ]
    }

    /// - Parameter buckets: counts between the bounds of `IngressCounters.bounds`, the last one above them.
    static func histogram(_ buckets: [Int], sum: Double) -> [MetricFamily.Sample] {
        var total = 0
        var samples: [MetricFamily.Sample] = []
        for (bound, count) in zip(IngressCounters.bounds + [.infinity], buckets) {
            total += count
            let label = bound == .infinity ? "+Inf" : "\(bound)"
            samples.append(.init(suffix: "_bucket", labels: [("le", label)], value: Double(total)))
        }
        samples.append(.init(suffix: "_sum", value: sum))
        samples.append(.init(suffix: "_count", value: Double(total)))
        return samples
    }
}
