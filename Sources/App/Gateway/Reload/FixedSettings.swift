import Policy

/// What a running gateway cannot change, because something that stands for as long as it runs was made from it.
enum FixedSettings {
    /// The keys of a policy whose values differ in `new` and take a restart, in the order of the schema; empty where it
    /// may take effect.
    ///
    /// - Parameter hasEgress: whether servers' calls are listened for.
    static func changed(from old: PolicySet, to new: PolicySet, hasEgress: Bool) -> [String] {
        var keys: [String] = []
        for door in Door.allCases {
            if door.address(in: old) != door.address(in: new) { keys.append("gateway.listen.\(door.rawValue)") }
            if (door.settings(in: old) == nil) != (door.settings(in: new) == nil) { keys.append(door.tlsKey) }
        }
        if old.keys.directory != new.keys.directory { keys.append("gateway.keys.directory") }
        if old.audit.file != new.audit.file { keys.append("gateway.audit.file") }
        if old.audit.ingress != new.audit.ingress { keys.append("gateway.audit.ingress") }
        if old.audit.mode != new.audit.mode { keys.append("gateway.audit.mode") }
        for (name, amount) in auditAmounts where old.audit[keyPath: amount] != new.audit[keyPath: amount] {
            keys.append("gateway.audit.\(name)")
        }
        if old.audit.checkpoints != new.audit.checkpoints { keys.append("gateway.audit.checkpoints") }
        for (name, limit) in limits where old.limits[keyPath: limit] != new.limits[keyPath: limit] {
            keys.append("gateway.limits.\(name)")
        }
        if !hasEgress, new.servers.contains(where: { !$0.services.isEmpty }) {
            keys.append("servers.*.services, for the first time")
        }
        return keys
    }

    private static let auditAmounts: [(name: String, amount: any KeyPath<AuditSettings, Int> & Sendable)] = [
        ("rotate_bytes", \.rotateBytes),
        ("rotate_every", \.rotateSeconds),
        ("checkpoint_records", \.checkpointRecords),
        ("checkpoint_every", \.checkpointSeconds),
    ]

    /// Limits of listeners, of pools and of tables, which are made once.
    private static let limits: [(name: String, limit: any KeyPath<Limits, Int> & Sendable)] = [
        ("head_bytes", \.headBytes),
        ("header_fields", \.headerFields),
        ("head_timeout", \.headTimeoutSeconds),
        ("body_timeout", \.bodyTimeoutSeconds),
        ("idle_timeout", \.idleTimeoutSeconds),
        ("upstream_connect_timeout", \.upstreamConnectTimeoutSeconds),
        ("upstream_first_byte_timeout", \.upstreamFirstByteTimeoutSeconds),
        ("upstream_total_timeout", \.upstreamTotalTimeoutSeconds),
        ("stream_idle_timeout", \.streamIdleTimeoutSeconds),
        ("connections", \.connections),
        ("connections_per_peer", \.connectionsPerPeer),
        ("upstream_connections", \.upstreamConnections),
        ("upstream_queue", \.upstreamQueue),
        ("audit_queue", \.auditQueue),
        ("transactions", \.transactions),
        ("transactions_per_principal", \.transactionsPerPrincipal),
        ("transaction_calls", \.transactionCalls),
        ("transaction_concurrent_calls", \.transactionConcurrentCalls),
        ("transaction_timeout", \.transactionTimeoutSeconds),
        ("transaction_grace", \.transactionGraceSeconds),
        ("credentials", \.credentials),
    ]
}
