import Admission
import Crypto
import HTTPCodec
import Identity
import Policy
import StrictCoding

/// Writes what a service receives. The head starts from no fields; of the server's own, those are copied that state no
/// identity, belong to no connection and carry no browser state; what speaks of identity is only ever ours.
struct OutboundFields {
    let epoch: Epoch
    let errand: Errand
    let credential: OutboundCredential
    let envelope: Envelope?

    func fields() throws(WireError) -> FieldBlock {
        let incoming = errand.call.head.fields
        var fields = FieldBlock(reservingBytes: 4_096, fields: incoming.count + 12)
        try fields.append("Host", errand.plan.authority.bytes)
        copyForwarded(incoming, to: &fields)
        fields.append("Via", "1.1 bulla")
        try addTrace(to: &fields)
        try addIdentity(to: &fields)
        try credential.append(to: &fields)
        return fields
    }

    private func copyForwarded(_ incoming: FieldBlock, to fields: inout FieldBlock) {
        let nominates = errand.call.head.connection.contains(.nominatesFields)
        for index in 0..<incoming.count {
            guard case .forward = incoming.requestFate(at: index), !(nominates && incoming.nominates(at: index)),
                !isOurs(incoming, at: index), !errand.call.showsSecret(at: index)
            else { continue }
            fields.append(from: incoming, at: index)
        }
    }

    /// Written below, once.
    private func isOurs(_ incoming: FieldBlock, at index: Int) -> Bool {
        if incoming.isLookAlike(at: index, of: epoch.policy.envelope.header) { return true }
        if let header = credential.header, incoming.isLookAlike(at: index, of: header) { return true }
        return Self.trace.contains { incoming.isNamed($0, at: index) }
    }

    /// Trace fields; and where a page or a redirect led from, which is no page: it would show the server's secret.
    private static let trace: [StaticString] = ["traceparent", "tracestate", "baggage", "referer", "origin"]

    /// The transaction's trace, our span: a service must not join another one.
    private func addTrace(to fields: inout FieldBlock) throws(WireError) {
        let incoming = errand.call.head.fields
        let traceID = errand.transaction.statement.claims.traceID
        var own = incoming.only("traceparent").flatMap(TraceContext.init(traceparent:))
        if own?.traceID != traceID { own = nil }
        let trace = own ?? TraceContext(continuing: traceID)
        try fields.append("traceparent", trace.traceparent(errand.span).bytes)
        // Its state belongs to the trace that it names.
        let state = own == nil ? "" : TraceState(harmless("tracestate")).value()
        if !state.isEmpty { try fields.append("tracestate", state.bytes) }
        let baggage = Baggage.filtered(harmless("baggage"))
        if !baggage.isEmpty { try fields.append("baggage", baggage.bytes) }
    }

    /// The values in which the server's own secret does not stand.
    private func harmless(_ name: StaticString) -> [ArraySlice<UInt8>] {
        errand.call.head.fields.all(name).filter { !errand.call.showsSecret($0) }
    }

    private func addIdentity(to fields: inout FieldBlock) throws(WireError) {
        let claims = errand.transaction.statement.claims
        let form: AuditHeaders.Form =
            errand.service.isInternal ? .full : .pseudonymous(key: epoch.secrets.pseudonym)
        let own = AuditHeaders.fields(
            of: claims.principal, mode: errand.plan.mode, traceID: claims.traceID, form: form)
        for field in own { try fields.append(name: field.name.bytes, value: field.value.bytes) }
        if let envelope { try fields.append(name: epoch.policy.envelope.header.bytes, value: envelope.bytes) }
    }
}

extension Errand {
    /// The service's own path, what the server wrote behind it, and the server's query.
    var target: [UInt8] {
        var target = plan.basePath
        if call.hasPath || target.isEmpty { target += call.path.bytes }
        if let query = call.query {
            target.append(UInt8(ascii: "?"))
            target += query
        }
        return target
    }

    /// Safe methods without a body (RFC 9110, section 9.2.1).
    var mayRepeat: Bool {
        switch (call.head.method, call.head.framing) {
        case (.get, .none), (.head, .none), (.options, .none): true
        default: false
        }
    }
}
