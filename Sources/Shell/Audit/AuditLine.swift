package import Admission
import Identity
import StrictCoding

/// One audit record as one line of JSON. Text from outside is escaped by the writer, so that a record can never be two
/// lines.
package enum AuditLine {
    /// - Parameter microseconds: when the decision was made, since 1970.
    package static func bytes(_ record: IngressRecord, microseconds: Int64) -> [UInt8] {
        var writer = JSONWriter(reserving: 1_024)
        let trail = record.trail
        writer.object { line in
            line.member("v", 1)
            line.member("ts", Timestamp.text(microseconds: microseconds))
            switch record.decision {
            case .accepted:
                line.member("event", "ingress.accepted")
                line.member("decision", "allow")
            case .denied(let reason, let status):
                line.member("event", "ingress.denied")
                line.member("decision", "deny")
                line.member("reason", reason)
                line.member("status", status)
            case .failed(let reason, let status):
                line.member("event", "ingress.failed")
                line.member("decision", "allow")
                line.member("reason", reason)
                line.member("status", status)
            }
            identity(record, &line)
            line.optional("txn", trail.transaction)
            line.optional("jti", trail.envelopeID)
            line.optional("trace_id", trail.traceID)
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
        return writer.bytes
    }

    /// The triple that answers "was this the user or the agent?" is in every record, `null` where nobody is known.
    private static func identity(_ record: IngressRecord, _ line: inout JSONWriter) {
        let caller = record.trail.caller
        line.orNull("actor_sub", caller?.principal.subject)
        line.orNull("agent_id", caller?.principal.agentID)
        line.orNull("delegation_mode", record.delegationMode.map { ByteString($0.rawValue) })
        guard let caller else { return }
        line.optional("actor_name", caller.token.name)
        line.member("actor_tenant", caller.principal.tenant)
        line.member("actor_iss", caller.principal.issuer)
        line.member("actor_type", caller.principal.kind.rawValue)
        line.member("client_id", caller.principal.clientID)
        line.member("session_id", caller.sessionID)
        if let confidence = record.confidence {
            switch confidence {
            case .verified:
                line.member("confidence", "verified")
            case .estimated(let fields):
                line.member("confidence", "estimated")
                line.member("estimated", array: fields.map { ByteString($0.rawValue) })
            }
        }
    }

    /// JSON of the client, which may hold unescaped what a log must not.
    private static func requestID(_ json: [UInt8], _ line: inout JSONWriter) {
        guard json.first == UInt8(ascii: "\"") else { return line.raw(json) }
        line.string((try? JSONDocument(parsing: json, limits: .header))?.root.text ?? ByteString(json))
    }

    /// Names come from the client: as many bytes as identify them, no more.
    private static func shortened(_ name: ByteString) -> ByteString {
        name.count <= 256 ? name : ByteString(Array(name.bytes.prefix(256)))
    }
}

private extension JSONWriter {
    mutating func optional(_ name: String, _ value: ByteString?) {
        if let value { member(name, value) }
    }

    mutating func orNull(_ name: String, _ value: ByteString?) {
        if let value {
            member(name, value)
        } else {
            self.name(name)
            null()
        }
    }
}
