import StrictCoding

/// The envelope as people read it: `tctx` under the names of the format's first sketch, with the signature where that
/// sketch has it.
///
/// Not a credential: it cannot be verified, and the signature in it must not be used for anything.
package enum Projection {
    /// Compact JSON with the members `actor`, `agent`, `session`, `authorization`, `delegation` and `meta`.
    /// `delegation` shows the allowed services under both of their names.
    package static func json(of envelope: VerifiedEnvelope) -> [UInt8] {
        let claims = envelope.claims
        var json = JSONWriter(reserving: 1024)
        json.object { json in
            json.name("actor")
            json.object { actor in
                actor.member("type", claims.principal.kind.rawValue)
                actor.member("sub", claims.principal.subject)
                actor.member("tenant", claims.principal.tenant)
                actor.member("iss", claims.principal.issuer)
            }
            json.name("agent")
            json.object { agent in
                agent.member("type", "mcp_agent")
                agent.member("id", claims.principal.agentID)
                agent.member("client_id", claims.principal.clientID)
            }
            json.name("session")
            json.object { session in
                session.member("id", claims.sessionID)
                session.member("trace_id", claims.traceID)
            }
            json.name("authorization")
            json.object { write(claims.confidence, scopes: claims.scopes, to: &$0) }
            json.name("delegation")
            json.object { write(claims.delegation, to: &$0) }
            json.name("meta")
            json.object { meta in
                meta.member("created_at", claims.issuedAt.seconds)
                meta.member("expires_at", claims.expiresAt.seconds)
                meta.member("signature", envelope.signature)
            }
        }
        return json.bytes
    }

    /// The same, one member per line, indented by two spaces.
    package static func indentedJSON(of envelope: VerifiedEnvelope) -> [UInt8] {
        indented(json(of: envelope))
    }

    private static func write(_ confidence: Confidence, scopes: [ByteString], to json: inout JSONWriter) {
        json.member("scopes", array: scopes)
        switch confidence {
        case .verified:
            json.member("confidence", "verified")
        case .estimated(let fields):
            json.member("confidence", "estimated")
            json.member("estimated", array: fields.map { ByteString($0.rawValue) })
        }
    }

    private static func write(_ delegation: Delegation, to json: inout JSONWriter) {
        let services = delegation.grants.map(\.service)
        json.member("mode", delegation.mode.rawValue)
        json.member("allowed", array: services)
        json.member("allowed_downstream_services", array: services)
        guard delegation.isMixed else { return }
        json.name("modes")
        json.object { modes in
            for grant in delegation.grants {
                modes.name(escaping: grant.service)
                modes.string(grant.mode.rawValue)
            }
        }
    }

    /// Compact JSON of our own writing, spread over lines. Empty containers stay on one line.
    private static func indented(_ compact: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var depth = 0
        var isInString = false
        var previous: UInt8 = 0
        func newLine() {
            text.append(UInt8(ascii: "\n"))
            text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
        }
        for (index, byte) in compact.enumerated() {
            defer { previous = byte == UInt8(ascii: "\\") && previous == byte ? 0 : byte }
            if byte == UInt8(ascii: "\""), previous != UInt8(ascii: "\\") { isInString.toggle() }
            guard !isInString else {
                text.append(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                text.append(byte)
                depth += 1
                let closing = byte == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")
                if compact[index + 1] != closing { newLine() }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if previous != UInt8(ascii: "{"), previous != UInt8(ascii: "[") { newLine() }
                text.append(byte)
            case UInt8(ascii: ","):
                text.append(byte)
                newLine()
            case UInt8(ascii: ":"):
                text.append(byte)
                text.append(UInt8(ascii: " "))
            default:
                text.append(byte)
            }
        }
        return text
    }
}
