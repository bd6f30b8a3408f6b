import Admission
import AuditProof
import Delegation
import Identity
import StrictCoding

/// One audit record as one line of JSON. Text from outside is escaped by the writer and bounded, so that a record can
/// never be two lines, nor a line too long to be one.
enum AuditLine {
    /// Appends the line, without a line feed.
    ///
    /// - Parameters:
    ///   - chain: what the line follows.
    ///   - microseconds: what `chain` makes of the time of the decision.
    static func append(_ record: AuditRecord, after chain: Chain, microseconds: Int64, to lines: inout [UInt8]) {
        LineEncoding.appendHead(seq: chain.size, prev: chain.link, microseconds: microseconds, to: &lines)
        lines.append(UInt8(ascii: ","))
        // The members are an object of their own, but for its opening brace.
        lines.append(contentsOf: members(record, seq: chain.size).dropFirst())
    }

    private static func members(_ record: AuditRecord, seq: Int) -> [UInt8] {
        var writer = JSONWriter(reserving: 1_536)
        writer.object { line in
            switch record {
            case .ingress(let record): ingress(record, &line)
            case .egress(let record): egress(record, &line)
            case .note(let note): self.note(note, seq: seq, &line)
            }
        }
        return writer.bytes
    }

    // MARK: - Ingress

    private static func ingress(_ record: IngressRecord, _ line: inout JSONWriter) {
        let trail = record.trail
        switch record.decision {
        case .accepted: event("ingress.accepted", "allow", &line)
        case .denied(let reason, let status): event("ingress.denied", "deny", &line, reason: reason, status: status)
        case .failed(let reason, let status): event("ingress.failed", "allow", &line, reason: reason, status: status)
        }
        let caller = trail.caller
        identity(caller?.principal, record.delegationMode, name: caller?.token.name, &line)
        line.optional("session_id", caller?.sessionID)
        if caller != nil, let known = record.confidence { confidence(known, &line) }
        line.optional("txn", trail.transaction)
        line.optional("jti", trail.envelopeID)
        line.optional("trace_id", trail.traceID)
        line.optional("span_id", trail.span?.text)
        line.optional("upstream", record.server)
        line.optional("http_method", trail.httpMethod.isEmpty ? nil : trail.httpMethod)
        line.optional("mcp_method", trail.mcpMethod.map(shortened))
        line.optional("mcp_name", trail.mcpName.map(shortened))
        if let id = trail.requestID {
            line.name("jsonrpc_id")
            requestID(id, &line)
        }
        line.member("rules", array: record.rules)
        line.member("policy_hash", record.policyDigest)
    }

    /// JSON of the client, which may hold unescaped what a log must not.
    private static func requestID(_ json: [UInt8], _ line: inout JSONWriter) {
        guard json.first == UInt8(ascii: "\"") || json.count > 256 else { return line.raw(json) }
        line.string(shortened((try? JSONDocument(parsing: json, limits: .header))?.root.text ?? ByteString(json)))
    }

    // MARK: - Egress

    private static func egress(_ record: EgressRecord, _ line: inout JSONWriter) {
        let trail = record.trail
        switch record.event {
        case .intent:
            event("egress.intent", "allow", &line)
        case .denied(let reason, let status):
            event("egress.denied", "deny", &line, reason: reason, status: status)
        case .result(let status, let reason, let microseconds):
            event("egress.result", "allow", &line, reason: reason, status: status)
            line.member("duration_ms", (microseconds + 500) / 1_000)
        }
        let statement = trail.statement
        identity(statement?.claims.principal, trail.mode, name: statement?.actorName, &line)
        line.optional("session_id", statement?.claims.sessionID)
        if let statement { confidence(statement.claims.confidence, &line) }
        line.optional("attribution", trail.attribution.map { ByteString($0.rawValue) })
        line.optional("txn", statement?.claims.transactionID)
        line.optional("jti", statement?.claims.tokenID)
        line.optional("minted_jti", trail.mintedEnvelope)
        line.optional("trace_id", statement?.claims.traceID)
        line.optional("span_id", trail.span?.text)
        if let statement { line.member("act_chain", array: statement.claims.actors.actors.map(\.subject)) }
        presenter(trail.presenter, &line)
        line.optional("target", trail.service)
        line.optional("host", trail.host)
        line.optional("method", trail.method.map(shortened))
        line.optional("path", trail.pathPattern)
        line.member("rules", array: trail.rule.map { [$0] } ?? [])
        line.member("scopes_requested", array: trail.scopesRequested)
        line.member("scopes_granted", array: trail.scopesGranted)
        line.optional("token_audience", trail.audience.map(shortened))
        line.optional("token_sha256_16", trail.tokenDigest)
        line.optional("cache", trail.source.map { ByteString($0.rawValue) })
        if trail.isUserToken { line.member("user_token", true) }
        line.member("policy_hash", record.policyDigest)
    }

    private static func presenter(_ presenter: Presenter?, _ line: inout JSONWriter) {
        guard let presenter else { return }
        line.member("presenter", presenter.server)
        if case .instance(let id, _) = presenter { line.member("instance", id) }
    }

    // MARK: - All

    private static func event(
        _ event: String, _ decision: String, _ line: inout JSONWriter, reason: String? = nil, status: Int? = nil
    ) {
        line.member("event", event)
        line.member("decision", decision)
        // It may hold words of an authorization server.
        if let reason { line.member("reason", shortened(ByteString(reason))) }
        if let status { line.member("status", status) }
    }

    /// The triple that answers "was this the user or the agent?" is in every record, `null` where nobody is known.
    private static func identity(
        _ principal: Principal?, _ mode: DelegationMode?, name: ByteString?, _ line: inout JSONWriter
    ) {
        line.orNull("actor_sub", principal?.subject)
        line.orNull("agent_id", principal?.agentID)
        line.orNull("delegation_mode", mode.map { ByteString($0.rawValue) })
        guard let principal else { return }
        line.optional("actor_name", name)
        line.member("actor_tenant", principal.tenant)
        line.member("actor_iss", principal.issuer)
        line.member("actor_type", principal.kind.rawValue)
        line.member("client_id", principal.clientID)
    }

    static func event(_ note: LogNote, _ line: inout JSONWriter) {
        event(note.event, "note", &line)
        identity(nil, nil, name: nil, &line)
    }

    private static func confidence(_ confidence: Confidence, _ line: inout JSONWriter) {
        switch confidence {
        case .verified:
            line.member("confidence", "verified")
        case .estimated(let fields):
            line.member("confidence", "estimated")
            line.member("estimated", array: fields.map { ByteString($0.rawValue) })
        }
    }

    /// Names from outside: as many bytes as identify them, no more.
    private static func shortened(_ name: ByteString) -> ByteString {
        name.count <= 256 ? name : ByteString(Array(name.bytes.prefix(256)))
    }
}

private extension JSONWriter {
    mutating func optional(_ name: StaticString, _ value: ByteString?) {
        if let value { member(name, value) }
    }

    mutating func orNull(_ name: StaticString, _ value: ByteString?) {
        if let value {
            member(name, value)
        } else {
            self.name(name)
            null()
        }
    }
}
