/// One key under `gateway.limits`: its unit, the values that make sense, and where the value goes.
struct LimitKey: Sendable {
    let name: String
    let kind: Amount.Kind
    let range: ClosedRange<Int>
    let limit: any WritableKeyPath<Limits, Int> & Sendable

    static func named(_ name: String) -> LimitKey? { all.first { $0.name == name } }

    static let all: [LimitKey] = [
        LimitKey(name: "head_bytes", kind: .bytes, range: 4 << 10...1 << 20, limit: \.headBytes),
        LimitKey(name: "header_fields", kind: .count, range: 16...1_000, limit: \.headerFields),
        LimitKey(name: "token_bytes", kind: .bytes, range: 1 << 10...64 << 10, limit: \.tokenBytes),
        LimitKey(name: "body_bytes", kind: .bytes, range: 1 << 10...1 << 30, limit: \.bodyBytes),
        LimitKey(name: "json_depth", kind: .count, range: 8...1_000, limit: \.jsonDepth),
        LimitKey(name: "head_timeout", kind: .seconds, range: 1...300, limit: \.headTimeoutSeconds),
        LimitKey(name: "body_timeout", kind: .seconds, range: 1...3_600, limit: \.bodyTimeoutSeconds),
        LimitKey(name: "idle_timeout", kind: .seconds, range: 1...3_600, limit: \.idleTimeoutSeconds),
        LimitKey(
            name: "upstream_connect_timeout", kind: .seconds, range: 1...60, limit: \.upstreamConnectTimeoutSeconds),
        LimitKey(
            name: "upstream_first_byte_timeout", kind: .seconds, range: 1...3_600,
            limit: \.upstreamFirstByteTimeoutSeconds),
        LimitKey(
            name: "upstream_total_timeout", kind: .seconds, range: 1...86_400, limit: \.upstreamTotalTimeoutSeconds),
        LimitKey(name: "stream_idle_timeout", kind: .seconds, range: 1...86_400, limit: \.streamIdleTimeoutSeconds),
        LimitKey(name: "connections", kind: .count, range: 1...1_000_000, limit: \.connections),
        LimitKey(name: "connections_per_peer", kind: .count, range: 1...1_000_000, limit: \.connectionsPerPeer),
        LimitKey(name: "requests", kind: .count, range: 1...1_000_000, limit: \.requests),
        LimitKey(name: "requests_per_principal", kind: .count, range: 1...1_000_000, limit: \.requestsPerPrincipal),
        LimitKey(name: "streams_per_principal", kind: .count, range: 1...1_000_000, limit: \.streamsPerPrincipal),
        LimitKey(name: "buffered_bytes", kind: .bytes, range: 1 << 10...1 << 36, limit: \.bufferedBytes),
        LimitKey(name: "upstream_connections", kind: .count, range: 1...65_535, limit: \.upstreamConnections),
        LimitKey(name: "upstream_queue", kind: .count, range: 0...1_000_000, limit: \.upstreamQueue),
        LimitKey(name: "verified_tokens", kind: .count, range: 0...10_000_000, limit: \.verifiedTokens),
        LimitKey(name: "audit_queue", kind: .count, range: 16...10_000_000, limit: \.auditQueue),
        LimitKey(name: "transactions", kind: .count, range: 16...10_000_000, limit: \.transactions),
        LimitKey(
            name: "transactions_per_principal", kind: .count, range: 1...1_000_000, limit: \.transactionsPerPrincipal),
        LimitKey(name: "transaction_calls", kind: .count, range: 1...1_000_000, limit: \.transactionCalls),
        LimitKey(
            name: "transaction_concurrent_calls", kind: .count, range: 1...10_000, limit: \.transactionConcurrentCalls),
        LimitKey(
            name: "transaction_timeout", kind: .seconds, range: 1...3_600, limit: \.transactionTimeoutSeconds),
        LimitKey(name: "transaction_grace", kind: .seconds, range: 0...30, limit: \.transactionGraceSeconds),
        LimitKey(name: "exchange_timeout", kind: .seconds, range: 1...60, limit: \.exchangeTimeoutSeconds),
        LimitKey(name: "credentials", kind: .count, range: 1...10_000_000, limit: \.credentials),
        LimitKey(name: "instance_wait", kind: .seconds, range: 1...600, limit: \.instanceWaitSeconds),
        LimitKey(name: "drain_timeout", kind: .seconds, range: 1...3_600, limit: \.drainTimeoutSeconds),
    ]
}
