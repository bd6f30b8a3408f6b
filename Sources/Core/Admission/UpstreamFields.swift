import HTTPCodec
package import Identity
import MCP
package import Policy
import StrictCoding

/// Writes what an MCP server receives. The head starts from no fields; what comes from the client is copied name by
/// name from an allow-list, and what speaks of identity is only ever ours.
struct UpstreamFields {
    let epoch: Epoch
    let server: Server
    let caller: Caller
    let envelope: Envelope
    let handle: Handle?
    let trace: TraceContext
    let span: SpanID

    func fields(from incoming: FieldBlock, hasMessage: Bool, session: [UInt8]?) throws(Refusal) -> FieldBlock {
        var fields = FieldBlock(reservingBytes: 4_096, fields: 24)
        do {
            // The port of a launched instance is not known yet: the wire names it.
            if case .upstream(let url) = server.endpoint { try fields.append("Host", url.authority.bytes) }
            if hasMessage { fields.append("Content-Type", "application/json") }
            copyAllowed(from: incoming, to: &fields, hasMessage: hasMessage, hasSession: session != nil)
            if let session { try fields.append("Mcp-Session-Id", session) }
            fields.append("Via", "1.1 bulla")
            try fields.append("X-Forwarded-Host", epoch.policy.publicURL.authority.bytes)
            try fields.append("X-Forwarded-Proto", epoch.policy.publicURL.scheme.rawValue.utf8)
            try addTrace(from: incoming, to: &fields)
            try addIdentity(to: &fields)
        } catch {
            throw .wire(error)
        }
        return fields
    }

    /// The client's fields that an MCP server may see. Everything else, known or not, stays here.
    private func copyAllowed(
        from incoming: FieldBlock, to fields: inout FieldBlock, hasMessage: Bool, hasSession: Bool
    ) {
        let mayNominate = incoming.contains("connection")
        for index in 0..<incoming.count {
            guard ForwardedField.isAllowed(incoming, at: index, hasMessage: hasMessage, hasSession: hasSession),
                !(mayNominate && incoming.nominates(at: index)),
                !incoming.isLookAlike(at: index, of: epoch.policy.envelope.header)
            else { continue }
            fields.append(from: incoming, at: index)
        }
    }

    /// One trace context toward the server: the caller's trace, our span.
    private func addTrace(from incoming: FieldBlock, to fields: inout FieldBlock) throws(WireError) {
        try fields.append("traceparent", trace.traceparent(span).bytes)
        let state = TraceState(incoming.all("tracestate")).value()
        if !state.isEmpty { try fields.append("tracestate", state.bytes) }
        let baggage = Baggage.filtered(incoming.all("baggage"))
        if !baggage.isEmpty { try fields.append("baggage", baggage.bytes) }
    }

    private func addIdentity(to fields: inout FieldBlock) throws(WireError) {
        try fields.append(name: epoch.policy.envelope.header.bytes, value: envelope.bytes)
        if let handle { try fields.append("Authorization", handle.authorization) }
        fields.append(contentsOf: caller.auditFields)
        if server.auditHeaders != .none { try fields.append("X-Trace-Id", trace.traceID.bytes) }
    }

    /// The audit headers that are the same for all requests of a caller: all but the last, the trace's.
    static func auditFields(of principal: Principal, at server: Server, epoch: Epoch) -> FieldBlock {
        let form: AuditHeaders.Form =
            switch server.auditHeaders {
            case .full: .full
            case .pseudonymous: .pseudonymous(key: epoch.secrets.pseudonym)
            case .none: .none
            }
        let mode = DelegationMode(server.delegation.mode)
        var fields = FieldBlock(reservingBytes: 256, fields: 4)
        // An empty value is left out.
        for field in AuditHeaders.fields(of: principal, mode: mode, traceID: "", form: form) {
            do { try fields.append(name: field.name.bytes, value: field.value.bytes) } catch {
                preconditionFailure("audit headers are percent-encoded")
            }
        }
        return fields
    }

    /// The server's own path. The client's query stays here: MCP has none, and `?user_id=bob` would be an argument that
    /// no rule has seen.
    var target: [UInt8] {
        let path =
            switch server.endpoint {
            case .upstream(let url): url.path
            case .launch(let settings): settings.path
            }
        return path.isEmpty ? [UInt8(ascii: "/")] : path.bytes
    }

    /// The message as it came, but for the trace context inside it, which must not disagree with the header's.
    func body(of message: Message) -> [UInt8] {
        guard !message.trace.isEmpty else { return message.document.bytes }
        return message.body(
            traceparent: trace.traceparent(span),
            tracestate: TraceState([message.trace.tracestate?.text?.bytes[...] ?? []]).value(),
            baggage: Baggage.filtered([message.trace.baggage?.text?.bytes[...] ?? []]))
    }
}

/// The allow-list of client fields toward an MCP server.
enum ForwardedField {
    private static let always: [StaticString] = ["accept", "accept-language", "user-agent", "mcp-protocol-version"]
    /// They mirror the message, and were compared with it; without one they are only claims.
    private static let withMessage: [StaticString] = ["mcp-method", "mcp-name"]

    static func isAllowed(_ fields: FieldBlock, at index: Int, hasMessage: Bool, hasSession: Bool) -> Bool {
        if always.contains(where: { fields.isNamed($0, at: index) }) { return true }
        // An event id is unique within its session only: without a bound session it could replay another user's events.
        if fields.isNamed("last-event-id", at: index) { return hasSession }
        guard hasMessage else { return false }
        if withMessage.contains(where: { fields.isNamed($0, at: index) }) { return true }
        // Intermediaries must forward these without understanding them (MCP 2026-07-28, custom headers).
        return fields.name(at: index).prefix(10).equalsIgnoringASCIICase("mcp-param-")
    }
}

extension DelegationMode {
    package init(_ mode: ServiceMode) {
        switch mode {
        case .onBehalfOf: self = .onBehalfOf
        case .restrictedUser: self = .restrictedUser
        case .serviceIdentity: self = .serviceIdentity
        }
    }
}
