import StrictCoding

extension EnvelopeClaims {
    /// The payload as compact JSON, members in the order of the format's own example.
    package func encoded() -> [UInt8] {
        EnvelopeTemplate(writing: self).payload(occasion)
    }

    /// Up to what an occasion adds first.
    func encodedBeginning() -> [UInt8] {
        var json = ClaimsEncoder(reserving: 256)
        json.text(#"{"iss":"#, issuer)
        json.text(#","aud":"#, audience)
        return json.bytes
    }

    /// From the ids to the trace.
    func encodedMiddle() -> [UInt8] {
        var json = ClaimsEncoder(reserving: 1024)
        json.text(#","eie":1,"sub":"#, principal.qualifiedSubject)
        json.word(#","sub_profile":"#, subjectProfile.rawValue)
        json.text(#","scope":"#, joining: scopes, by: UInt8(ascii: " "))
        json.text(#","req_wl":"#, workload)
        encodeActors(into: &json)
        // The members of `tctx` that carry the seed of the format: actor, agent, session, authorization, delegation.
        json.word(#","tctx":{"actor":{"type":"#, principal.kind.rawValue)
        json.text(#","sub":"#, principal.subject)
        json.text(#","tenant":"#, principal.tenant)
        json.text(#","iss":"#, principal.issuer)
        json.text(#"},"agent":{"type":"mcp_agent","id":"#, principal.agentID)
        json.text(#","client_id":"#, principal.clientID)
        json.text(#"},"session":{"id":"#, sessionID)
        return json.bytes
    }

    /// From the trace to the times.
    func encodedEnd() -> [UInt8] {
        var json = ClaimsEncoder(reserving: 512)
        json.texts(#"},"authorization":{"scopes":"#, scopes)
        switch confidence {
        case .verified: json.literal(#","confidence":"verified""#)
        case .estimated(let fields):
            json.texts(#","confidence":"estimated","estimated":"#, fields.map { ByteString($0.rawValue) })
        }
        json.word(#"},"delegation":{"mode":"#, delegation.mode.rawValue)
        json.texts(#","allowed":"#, delegation.grants.map(\.service))
        if delegation.isMixed { encodeModes(into: &json) }
        json.literal("}")
        return json.bytes
    }

    private func encodeActors(into json: inout ClaimsEncoder) {
        for actor in actors.actors {
            json.text(#","act":{"sub":"#, actor.subject)
            json.text(#","iss":"#, actor.issuer)
            json.literal(#","sub_profile":"ai_agent""#)
        }
        for _ in actors.actors { json.literal("}") }
    }

    private func encodeModes(into json: inout ClaimsEncoder) {
        var separator: StaticString = #","modes":{"#
        for grant in delegation.grants {
            json.text(separator, grant.service)
            json.word(":", grant.mode.rawValue)
            separator = ","
        }
        json.literal("}")
    }
}

extension ClaimsEncoder {
    /// `rctx`, where it says anything.
    mutating func request(_ request: RequestContext) {
        guard request.method != nil || request.name != nil else { return }
        literal(#","rctx":{"#)
        if let method = request.method { text(#""mcp_method":"#, method) }
        if let name = request.name {
            text(request.method == nil ? #""mcp_name":"# : #","mcp_name":"#, name)
        }
        literal("}")
    }
}
