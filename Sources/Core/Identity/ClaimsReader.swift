import StrictCoding

/// Reads the payload of a verified envelope: required members with their types, closed vocabularies, and mirrors that
/// must agree with the registered claims. Members that it does not know are ignored.
struct ClaimsReader {
    private let payload: JSONValue

    init(_ payload: JSONValue) {
        self.payload = payload
    }

    func claims(
        issuer: ByteString, audience: ByteString, now: UnixTime, leeway: Int64
    ) throws(EnvelopeRefusal) -> EnvelopeClaims {
        guard try integer(payload["eie"], .version) == 1 else { throw .unsupportedVersion }
        guard try text(payload["iss"], .issuer) == issuer else { throw .wrongIssuer }
        guard try text(payload["aud"], .audience) == audience else { throw .wrongAudience }
        let (issuedAt, expiresAt) = try times(now: now, leeway: leeway)

        let context = try object(payload["tctx"], .context)
        let principal = try principal(context)
        guard try text(payload["sub"], .subject) == principal.qualifiedSubject else { throw .mirrorDisagrees(.subject) }
        let session = try object(context["session"], .session)
        let authorization = try object(context["authorization"], .authorization)
        let meta = try object(context["meta"], .meta)
        guard try time(meta["created_at"], .createdAt) == issuedAt else { throw .mirrorDisagrees(.createdAt) }
        guard try time(meta["expires_at"], .expiresAtMirror) == expiresAt else {
            throw .mirrorDisagrees(.expiresAtMirror)
        }

        let scopes = try texts(authorization["scopes"], .scopes)
        var claims = EnvelopeClaims(
            issuer: issuer, audience: audience, issuedAt: issuedAt, expiresAt: expiresAt,
            tokenID: try text(payload["jti"], .tokenID),
            transactionID: try text(payload["txn"], .transaction),
            workload: try text(payload["req_wl"], .workload),
            principal: principal,
            subjectProfile: try word(payload["sub_profile"], .subjectProfile),
            actors: try actors(payload["act"]),
            scopes: scopes,
            confidence: try confidence(authorization),
            sessionID: try text(session["id"], .sessionID),
            traceID: try text(session["trace_id"], .traceID),
            delegation: try delegation(context["delegation"]))
        // As received: an order that is not sorted is refused by the claims' own check, not repaired.
        claims.scopes = scopes
        let joined = scopes.map(\.bytes).joined(separator: CollectionOfOne(UInt8(ascii: " ")))
        guard try text(payload["scope"], .scope) == ByteString(joined) else { throw .mirrorDisagrees(.scopes) }
        claims.request = try request(payload["rctx"])
        return claims
    }

    private func times(now: UnixTime, leeway: Int64) throws(EnvelopeRefusal) -> (issued: UnixTime, expires: UnixTime) {
        let issued = try time(payload["iat"], .issuedAt)
        let expires = try time(payload["exp"], .expiresAt)
        guard expires - issued <= EnvelopeLimits.lifetimeSeconds else {
            throw .lifetimeTooLong(seconds: expires - issued)
        }
        guard issued <= now + EnvelopeLimits.issuedAheadSeconds else { throw .issuedInTheFuture(issued) }
        guard expires > now - leeway else { throw .expired(at: expires) }
        return (issued, expires)
    }

    private func principal(_ context: JSONValue) throws(EnvelopeRefusal) -> Principal {
        let actor = try object(context["actor"], .actor)
        let agent = try object(context["agent"], .agent)
        guard try text(agent["type"], .agentType) == ByteString("mcp_agent") else { throw .unknownValue(.agentType) }
        return Principal(
            issuer: try text(actor["iss"], .actorIssuer),
            tenant: try text(actor["tenant"], .actorTenant),
            subject: try text(actor["sub"], .actorSubject),
            kind: try word(actor["type"], .actorType),
            clientID: try text(agent["client_id"], .clientID),
            agentID: try text(agent["id"], .agentID))
    }

    private func actors(_ outermost: JSONValue?) throws(EnvelopeRefusal) -> ActorChain {
        var actors: [ActorChain.Actor] = []
        var next = outermost
        while let actor = next {
            guard actors.count < EnvelopeLimits.actors else { throw .overLimit(.actors) }
            guard actor.kind == .object else { throw .malformedClaim(.actors) }
            guard try text(actor["sub_profile"], .actors) == ByteString(SubjectProfile.agent.rawValue) else {
                throw .unknownValue(.actors)
            }
            actors.append(
                ActorChain.Actor(subject: try text(actor["sub"], .actors), issuer: try text(actor["iss"], .actors)))
            next = actor["act"]
        }
        return ActorChain(actors)
    }

    private func confidence(_ authorization: JSONValue) throws(EnvelopeRefusal) -> Confidence {
        switch try text(authorization["confidence"], .confidence) {
        case "verified":
            guard authorization["estimated"] == nil else { throw .mirrorDisagrees(.estimated) }
            return .verified
        case "estimated":
            var fields: [EstimatedField] = []
            for name in try texts(authorization["estimated"], .estimated) {
                guard let field = EstimatedField(wireName: name) else { throw .unknownValue(.estimated) }
                fields.append(field)
            }
            return .estimated(fields)
        default:
            throw .unknownValue(.confidence)
        }
    }

    /// `mode` is every service's mode unless `modes` says each one's; then it is the first present.
    private func delegation(_ value: JSONValue?) throws(EnvelopeRefusal) -> Delegation {
        let value = try object(value, .delegation)
        let mode: DelegationMode = try word(value["mode"], .mode)
        let allowed = try texts(value["allowed"], .allowed)
        guard EnvelopeText.isAscending(allowed) else { throw .malformedClaim(.allowed) }
        var grants: [Delegation.Grant] = []
        if let modes = value["modes"] {
            let members = try object(modes, .modes).members ?? []
            guard members.count == allowed.count else { throw .mirrorDisagrees(.modes) }
            for service in allowed {
                guard let name = modes.member(service) else { throw .mirrorDisagrees(.modes) }
                grants.append(Delegation.Grant(service: service, mode: try word(name, .modes)))
            }
        } else {
            grants = allowed.map { Delegation.Grant(service: $0, mode: mode) }
        }
        let delegation = Delegation(grants)
        guard delegation.mode == mode else { throw .mirrorDisagrees(.mode) }
        return delegation
    }

    private func request(_ value: JSONValue?) throws(EnvelopeRefusal) -> RequestContext? {
        guard let value else { return nil }
        let request = try object(value, .request)
        let method = try request["mcp_method"].map { value throws(EnvelopeRefusal) in try text(value, .request) }
        let name = try request["mcp_name"].map { value throws(EnvelopeRefusal) in try text(value, .request) }
        return RequestContext(method: method, name: name)
    }
}

/// Members by type; one of another type is malformed, never converted.
extension ClaimsReader {
    private func object(_ value: JSONValue?, _ claim: EnvelopeClaim) throws(EnvelopeRefusal) -> JSONValue {
        guard let value else { throw .missingClaim(claim) }
        guard value.kind == .object else { throw .malformedClaim(claim) }
        return value
    }

    private func text(_ value: JSONValue?, _ claim: EnvelopeClaim) throws(EnvelopeRefusal) -> ByteString {
        guard let value else { throw .missingClaim(claim) }
        guard let text = value.text else { throw .malformedClaim(claim) }
        return text
    }

    private func texts(_ value: JSONValue?, _ claim: EnvelopeClaim) throws(EnvelopeRefusal) -> [ByteString] {
        guard let value else { throw .missingClaim(claim) }
        guard let elements = value.elements else { throw .malformedClaim(claim) }
        var texts: [ByteString] = []
        for element in elements { texts.append(try text(element, claim)) }
        return texts
    }

    private func integer(_ value: JSONValue?, _ claim: EnvelopeClaim) throws(EnvelopeRefusal) -> Int64 {
        guard let value else { throw .missingClaim(claim) }
        guard let integer = value.integer else { throw .malformedClaim(claim) }
        return integer
    }

    /// A whole number of seconds above 0 and below 2^53, where every JSON parser reads the same.
    private func time(_ value: JSONValue?, _ claim: EnvelopeClaim) throws(EnvelopeRefusal) -> UnixTime {
        let seconds = try integer(value, claim)
        guard seconds > 0, seconds < 1 << 53 else { throw .malformedClaim(claim) }
        return UnixTime(seconds: seconds)
    }

    private func word<Word: RawRepresentable & CaseIterable>(
        _ value: JSONValue?, _ claim: EnvelopeClaim
    ) throws(EnvelopeRefusal) -> Word where Word.RawValue == String {
        guard let word = Word(wireName: try text(value, claim)) else { throw .unknownValue(claim) }
        return word
    }
}
