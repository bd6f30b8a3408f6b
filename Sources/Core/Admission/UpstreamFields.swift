import HTTPCodec
import Identity
import MCP
import Policy
import StrictCoding

/// Writes what an MCP server receives. The head starts from no fields; what comes from the client is copied name by
/// name from an allow-list, and what speaks of identity is only ever ours.
struct UpstreamFields {
    let epoch: Epoch
    let server: Server
    let caller: Caller
    let envelope: Envelope
    let trace: TraceContext
    let spanID: [UInt8]

    func fields(from incoming: FieldBlock, hasMessage: Bool, session: [UInt8]?) throws(Refusal) -> FieldBlock {
        var fields = FieldBlock(reservingBytes: 4_096, fields: 24)
        do {
            try fields.append("Host", server.upstream.authority.bytes)
            if hasMessage { fields.append("Content-Type", "application/json") }
            copyAllowed(from: incoming, to: &fields, hasSession: session != nil)
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
    private func copyAllowed(from incoming: FieldBlock, to fields: inout FieldBlock, hasSession: Bool) {
        let envelopeHeader = epoch.policy.envelope.header.bytes
        for index in 0..<incoming.count {
            guard ForwardedField.isAllowed(incoming, at: index, hasSession: hasSession) else { continue }
            let name = incoming.name(at: index)
            guard !incoming.nominates(name), !FieldNames.isLookAlike(name, of: envelopeHeader) else { continue }
            fields.append(from: incoming, at: index)
        }
    }

    /// One trace context toward the server: the caller's trace, our span.
    private func addTrace(from incoming: FieldBlock, to fields: inout FieldBlock) throws(WireError) {
        try fields.append("traceparent", trace.traceparent(spanID: spanID).bytes)
        let state = TraceState(incoming.all("tracestate")).value()
        if !state.isEmpty { try fields.append("tracestate", state.bytes) }
        let baggage = Baggage.filtered(incoming.all("baggage"))
        if !baggage.isEmpty { try fields.append("baggage", baggage.bytes) }
    }

    private func addIdentity(to fields: inout FieldBlock) throws(WireError) {
        try fields.append(name: epoch.policy.envelope.header.bytes, value: envelope.bytes)
        let form: AuditHeaders.Form =
            switch server.auditHeaders {
            case .full: .full
            case .pseudonymous: .pseudonymous(key: epoch.secrets.pseudonym)
            case .none: .none
            }
        let mode = DelegationMode(server.delegation.mode)
        for field in AuditHeaders.fields(of: caller.principal, mode: mode, traceID: trace.traceID, form: form) {
            try fields.append(name: field.name.bytes, value: field.value.bytes)
        }
    }

    func target(_ query: ArraySlice<UInt8>?) -> [UInt8] {
        let path = server.upstream.path.isEmpty ? [UInt8(ascii: "/")] : server.upstream.path.bytes
        guard let query else { return path }
        return path + [UInt8(ascii: "?")] + query
    }

    /// The message as it came, but for the trace context inside it, which must not disagree with the header's.
    func body(of message: Message) -> [UInt8] {
        message.body(
            traceparent: trace.traceparent(spanID: spanID),
            tracestate: TraceState([message.trace.tracestate?.text?.bytes[...] ?? []]).value(),
            baggage: Baggage.filtered([message.trace.baggage?.text?.bytes[...] ?? []]))
    }
}

/// The allow-list of client fields toward an MCP server.
enum ForwardedField {
    private static let names: [StaticString] = [
        "accept", "accept-language", "user-agent", "mcp-protocol-version", "mcp-method", "mcp-name",
    ]

    static func isAllowed(_ fields: FieldBlock, at index: Int, hasSession: Bool) -> Bool {
        if names.contains(where: { fields.isNamed($0, at: index) }) { return true }
        // An event id is unique within its session only: without a bound session it could replay another user's events.
        if fields.isNamed("last-event-id", at: index) { return hasSession }
        // Intermediaries must forward these without understanding them (MCP 2026-07-28, custom headers).
        return fields.name(at: index).prefix(10).equalsIgnoringASCIICase("mcp-param-")
    }
}

extension DelegationMode {
    init(_ mode: ServiceMode) {
        switch mode {
        case .onBehalfOf: self = .onBehalfOf
        case .restrictedUser: self = .restrictedUser
        case .serviceIdentity: self = .serviceIdentity
        }
    }
}
