import Admin
import DataPlane
import Launch
import Stores
import StrictCoding

/// What egress and the launched servers count, as Prometheus shows it.
struct EgressMetrics {
    let counters: EgressCounters
    let commons: Commons

    var families: [MetricFamily] {
        calls + transactions + credentials + instances
    }

    private var calls: [MetricFamily] {
        [
            MetricFamily(
                "bulla_egress_answered_total", .counter,
                "Outbound calls answered by their service, by delegation mode.",
                samples(counters.answered, outcome: "mode")),
            MetricFamily(
                "bulla_egress_refused_total", .counter,
                "Outbound calls not answered by their service, by the code of the refusal.",
                samples(counters.refused, outcome: "code")),
            MetricFamily(
                "bulla_egress_active", .gauge, "Outbound calls whose answer is not complete.", Double(counters.active)),
            MetricFamily(
                "bulla_egress_retries_total", .counter, "Outbound calls made once more with a fresh credential.",
                Double(counters.retries)),
            MetricFamily(
                "bulla_egress_first_byte_seconds", .histogram,
                "From the head of an outbound call to the head of its answer, audit and credential included.",
                Metrics.histogram(counters.firstByteBuckets, sum: counters.firstByteSeconds)),
        ]
    }

    private func samples(_ calls: [EgressCounters.Call: Int], outcome: String) -> [MetricFamily.Sample] {
        let order = { (call: EgressCounters.Call) in (call.server, call.service, call.outcome) }
        return calls.sorted { order($0.key) < order($1.key) }.map { call, count in
            MetricFamily.Sample(
                labels: [
                    ("server", call.server.string), ("service", call.service.string), (outcome, call.outcome),
                ], value: Double(count))
        }
    }

    private var transactions: [MetricFamily] {
        let counts = commons.transactions.counts
        return [
            MetricFamily(
                "bulla_transactions_open", .gauge, "Requests for which servers may call services.", Double(counts.open))
        ]
    }

    private var credentials: [MetricFamily] {
        let counts = commons.credentials.counts
        return [
            MetricFamily(
                "bulla_credential_cache_hits_total", .counter, "Tokens for services that were at hand.",
                Double(counts.hits)),
            MetricFamily(
                "bulla_credential_cache_misses_total", .counter, "Calls that waited for a token.",
                Double(counts.misses)),
            MetricFamily(
                "bulla_credential_cache_entries", .gauge, "Tokens for services, and refusals, kept in memory.",
                Double(commons.credentials.count)),
            MetricFamily(
                "bulla_exchange_requests_total", .counter, "Tokens asked of authorization servers.",
                Double(counts.flights + counts.refreshes)),
        ]
    }

    private var instances: [MetricFamily] {
        guard !commons.houses.isEmpty else { return [] }
        let houses = commons.houses.sorted { $0.key < $1.key }.map { ($0.key, $0.value.counts) }
        let family = { (name: String, kind: MetricFamily.Kind, help: String, value: (InstanceCounts) -> Int) in
            MetricFamily(
                name, kind, help,
                houses.map { .init(labels: [("server", $0.0.string)], value: Double(value($0.1))) })
        }
        return [
            family("bulla_instances_running", .gauge, "Processes of launched servers.") { $0.running },
            family("bulla_instances_started_total", .counter, "Processes started.") { $0.started },
            family("bulla_instances_evicted_total", .counter, "Processes ended to make room.") { $0.evicted },
            family("bulla_instances_crashed_total", .counter, "Processes that ended by themselves.") { $0.crashed },
            family("bulla_instances_waiting", .gauge, "Requests that wait for an instance.") { $0.waiting },
            family("bulla_instances_refused_total", .counter, "Requests that got no instance.") { $0.refused },
        ]
    }
}
