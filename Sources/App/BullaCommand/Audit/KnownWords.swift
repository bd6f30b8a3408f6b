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
        "txn", "jti", "trace_id", "span_id", "upstream", "http_method", "mcp_method", "mcp_name", "jsonrpc_id",
        "attribution",
        "act_chain", "presenter", "instance", "target", "host", "method", "path", "scopes_requested",
        "scopes_granted", "token_audience", "token_sha256_16", "cache", "user_token", "minted_jti", "duration_ms",
        "rules", "policy_hash", "origin", "vkey", "mode", "ingress", "version", "size", "tree", "sha256", "length",
        "file", "records", "previous_policy_hash", "reload", "purpose", "kid",
    ]

    private static let mostNear = 5

    /// The words that begin and end most as `word` does, the nearest first: a slip leaves the rest of a word as it is.
    static func near(_ word: String, among known: [String]) -> [String] {
        let letters = Array(word.utf8)
        let scored = known.map { (word: $0, score: sharedEnds(letters, Array($0.utf8))) }
        let near = scored.filter { $0.score >= max(3, letters.count / 2) }.sorted { $0.score > $1.score }
        return near.prefix(mostNear).map(\.word)
    }

    /// How many letters two words have in common at their beginnings and at their ends.
    private static func sharedEnds(_ left: [UInt8], _ right: [UInt8]) -> Int {
        let beginning = zip(left, right).prefix { $0 == $1 }.count
        let end = zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count
        return min(beginning + end, left.count, right.count)
    }
}
