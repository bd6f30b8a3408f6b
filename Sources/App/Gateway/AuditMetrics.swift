import Admin
import Audit

/// The audit log, as Prometheus shows it.
struct AuditMetrics {
    let audit: AuditLog

    var families: [MetricFamily] {
        let counters = audit.counters
        return records(counters) + disk(counters) + checkpoints(counters)
    }

    private func records(_ counters: AuditCounters) -> [MetricFamily] {
        [
            MetricFamily(
                "bulla_audit_records_total", .counter, "Records written, those of the audit log itself included.",
                Double(counters.lines)),
            MetricFamily(
                "bulla_audit_write_failures_total", .counter, "Attempts to write the audit log that failed.",
                Double(counters.failures)),
            MetricFamily(
                "bulla_audit_records_refused_total", .counter, "Audit records that could not be taken.",
                Double(audit.queues.reduce(0) { $0 + $1.dropped })),
            MetricFamily(
                "bulla_audit_records_lost_total", .counter, "Missing audit records of which the audit log tells.",
                Double(counters.lost)),
            MetricFamily(
                "bulla_audit_queue_depth", .gauge, "Audit records waiting to be written.",
                Double(audit.queues.reduce(0) { $0 + $1.depth })),
            MetricFamily(
                "bulla_audit_healthy", .gauge, "Whether the audit log takes records.", audit.isHealthy ? 1 : 0),
        ]
    }

    private func disk(_ counters: AuditCounters) -> [MetricFamily] {
        [
            MetricFamily("bulla_audit_bytes_total", .counter, "Bytes of the audit log.", Double(counters.bytes)),
            MetricFamily(
                "bulla_audit_segments_total", .counter, "Files of the audit log that are complete.",
                Double(counters.segments)),
            MetricFamily(
                "bulla_audit_syncs_total", .counter, "Times the audit log was synced to disk.", Double(counters.syncs)),
            MetricFamily(
                "bulla_audit_sync_seconds_total", .counter, "Time spent in syncing the audit log.",
                counters.syncSeconds),
        ]
    }

    /// None before the first checkpoint of this run.
    private func checkpoints(_ counters: AuditCounters) -> [MetricFamily] {
        guard let size = counters.checkpointSize, let age = counters.checkpointAge else { return [] }
        return [
            MetricFamily(
                "bulla_audit_checkpoint_size", .gauge, "Records that the last checkpoint covers.", Double(size)),
            MetricFamily("bulla_audit_checkpoint_age_seconds", .gauge, "How old the last checkpoint is.", age),
        ]
    }
}
