import StrictCoding

extension EnvelopeClaims {
    /// The payload as compact JSON, members in the order of the format's own example. Made for every request, so it is
    /// written straight into one array.
    package func encoded(reserving bytes: Int = 2048) -> [UInt8] {
        var json = ClaimsEncoder(reserving: bytes)
        json.text(#"{"iss":"#, issuer)
        json.text(#","aud":"#, audience)
        json.integer(#","iat":"#, issuedAt.seconds)
        json.integer(#","exp":"#, expiresAt.seconds)
        json.text(#","jti":"#, tokenID)
        json.text(#","txn":"#, transactionID)
        json.text(#","eie":1,"sub":"#, principal.qualifiedSubject)
        json.word(#","sub_profile":"#, subjectProfile.rawValue)
        json.text(#","scope":"#, joining: scopes, by: UInt8(ascii: " "))
        json.text(#","req_wl":"#, workload)
        encodeActors(into: &json)
        json.literal(#","tctx":{"#)
        encodeContext(into: &json)
        json.integer(#","meta":{"created_at":"#, issuedAt.seconds)
        json.integer(#","expires_at":"#, expiresAt.seconds)
        json.literal("}}")
        encodeRequest(into: &json)
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

    /// The members of `tctx` that carry the seed of the format: actor, agent, session, authorization, delegation.
    private func encodeContext(into json: inout ClaimsEncoder) {
        json.word(#""actor":{"type":"#, principal.kind.rawValue)
        json.text(#","sub":"#, principal.subject)
        json.text(#","tenant":"#, principal.tenant)
        json.text(#","iss":"#, principal.issuer)
        json.text(#"},"agent":{"type":"mcp_agent","id":"#, principal.agentID)
        json.text(#","client_id":"#, principal.clientID)
        json.text(#"},"session":{"id":"#, sessionID)
        json.text(#","trace_id":"#, traceID)
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

    private func encodeRequest(into json: inout ClaimsEncoder) {
        guard let request, request.method != nil || request.name != nil else { return }
        json.literal(#","rctx":{"#)
        if let method = request.method { json.text(#""mcp_method":"#, method) }
        if let name = request.name {
            json.text(request.method == nil ? #""mcp_name":"# : #","mcp_name":"#, name)
        }
        json.literal("}")
    }
}
