/// The events and members that records have: another word in a search is a slip, and would find nothing.
enum KnownWords {
    static let events = [
        "ingress.accepted", "ingress.denied", "ingress.failed", "egress.intent", "egress.result", "egress.denied",
        "audit.opened", "audit.started", "audit.stopped", "audit.recovered", "audit.lost", "config.loaded",
        "key.rotated",
    ]

    /// What events begin with, before the dot.
    static var kinds: [String] { Set(events.map { String($0.prefix { $0 != "." }) }).sorted() }

    static let fields = [
        "v", "seq", "prev", "ts", "event", "decision", "reason", "status", "actor_sub", "agent_id", "delegation_mode",
        "actor_name", "actor_tenant", "actor_iss", "actor_type", "client_id", "session_id", "confidence", "estimated",
        "txn", "jti", "trace_id", "upstream", "http_method", "mcp_method", "mcp_name", "jsonrpc_id", "attribution",
        "act_chain", "presenter", "instance", "target", "host", "method", "path", "scopes_requested",
        "scopes_granted", "token_audience", "token_sha256_16", "cache", "user_token", "minted_jti", "duration_ms",
        "rules", "policy_hash", "origin", "vkey", "mode", "ingress", "version", "size", "tree", "sha256", "length",
        "file", "records", "previous_policy_hash", "reload", "purpose", "kid",
    ]
}
