package import HTTPCodec
package import Identity
import MCP
import StrictCoding

/// What of an MCP server's answer reaches the client: an allow-list of fields, nothing of its own OAuth, no internal
/// address, never the envelope.
package struct ResponseFilter: Sendable {
    /// An answer that may be passed on.
    package struct Relay: Sendable {
        package let status: Int
        package let fields: FieldBlock
        /// A stream of server-sent events: pass every byte at once, and never store.
        package let isEventStream: Bool
    }

    private let epoch: Epoch
    private let server: Int?
    private let caller: Caller?
    private let era: Era
    private let origin: ByteString?
    /// What would betray the envelope in an answer, its id or enough of its signature, or a handle.
    private let marks: [[UInt8]]

    package init(epoch: Epoch, trail: IngressTrail, envelope: Envelope, handle: Handle?) {
        self.epoch = epoch
        (server, caller, era, origin) = (trail.server, trail.caller, trail.era, trail.origin)
        marks = [envelope.tokenID.bytes, envelope.mark] + (handle == nil ? [] : [Handle.prefix])
    }

    package func filter(_ head: ResponseHead) throws(UpstreamFault) -> Relay {
        switch head.status {
        case 401, 403, 407: throw .wantsCredential
        case 300...399: throw .redirected
        default: break
        }
        var fields = FieldBlock(reservingBytes: 512, fields: 12)
        for index in 0..<head.fields.count where Self.isPassedOn(head.fields, at: index) {
            let value = head.fields.value(at: index)
            if marks.contains(where: { value.contains(subsequence: $0) }) { throw .echoedEnvelope }
            fields.append(from: head.fields, at: index)
        }
        if let session = try sealedSession(head.fields) {
            fields.append("Mcp-Session-Id", plain: session, "sealed ids are base64url")
        }
        let type = head.fields.first("content-type") ?? []
        let isEventStream = type.prefix(17).equalsIgnoringASCIICase("text/event-stream")
        if isEventStream { fields.append("X-Accel-Buffering", "no") }
        if !fields.contains("cache-control") { fields.append("Cache-Control", "no-store") }
        if let origin { addCORS(origin, to: &fields) }
        return Relay(status: head.status, fields: fields, isEventStream: isEventStream)
    }

    private static let passedOn: [StaticString] = [
        "allow", "expires", "retry-after", "content-type", "cache-control", "content-encoding", "content-language",
        "mcp-protocol-version",
    ]

    private static func isPassedOn(_ fields: FieldBlock, at index: Int) -> Bool {
        passedOn.contains { fields.isNamed($0, at: index) }
    }

    /// The server's session id, sealed for this caller; the modern revisions have none and get none.
    private func sealedSession(_ fields: FieldBlock) throws(UpstreamFault) -> [UInt8]? {
        guard era == .legacy, let id = fields.first("mcp-session-id"), let caller, let server else { return nil }
        let name = epoch.policy.servers[server].name
        guard fields.occurrences(of: "mcp-session-id") == 1,
            let sealed = epoch.sessions.seal(Array(id), server: name, principal: caller.principal)
        else { throw .malformed }
        return sealed
    }

    private func addCORS(_ origin: ByteString, to fields: inout FieldBlock) {
        fields.append("Access-Control-Allow-Origin", plain: origin.bytes, "the policy checks its origins")
        fields.append("Access-Control-Expose-Headers", Preflight.exposedHeaders)
        fields.append("Vary", "Origin")
    }
}
