package import Identity
package import JOSE
package import Policy
import StrictCoding

/// Turns a token whose signature holds into an `AccessToken`, or says which claim is wrong (RFC 9068, section 4; RFC
/// 8725).
///
/// The audience is left to the request, since one token may be cached for several servers; everything else is decided
/// here.
package struct TokenChecks: Sendable {
    /// How far the clocks of the identity provider and the gateway may differ, in seconds. A client that is told
    /// 401 a little early runs a whole interactive login again, so this is at the wide end of what is usual.
    package static let skewSeconds: Int64 = 30
    /// No access token should live longer; one that claims to is a mistake or a forgery.
    package static let longestLifeSeconds: Double = 86_400
    /// More scopes than this in one token are an attack on whoever iterates over them.
    package static let mostScopes = 256

    package let issuer: Issuer
    package let issuerIndex: Int
    package let agents: AgentDirectory

    package init(issuer: Issuer, issuerIndex: Int, agents: AgentDirectory) {
        self.issuer = issuer
        self.issuerIndex = issuerIndex
        self.agents = agents
    }

    package func check(_ token: VerifiedJWS, digest: [UInt8], now: UnixTime) throws(TokenRefusal) -> AccessToken {
        let claims = ClaimReader(token.payload.root)
        try checkType(token, claims)
        let expires = try checkTimes(claims, now: now)
        guard try claims.text("iss", .iss) == issuer.issuer else { throw .wrongIssuer }
        guard claims["cnf"] == nil else { throw .senderConstrained }

        let subject =
            if let name = issuer.subjectClaim {
                try claims.identifier(named: name, .sub)
            } else {
                try claims.identifier("sub", .sub)
            }
        guard let subject else { throw .missingClaim(.sub) }
        let clientID = try clientID(claims)
        let kind = actorKind(claims, subject: subject, clientID: clientID)
        return AccessToken(
            issuerIndex: issuerIndex, issuer: issuer.issuer, subject: subject, kind: kind,
            tenant: tenant(claims), clientID: clientID ?? "unknown",
            agent: try agent(claims, subject: subject, kind: kind, clientID: clientID),
            audiences: try audiences(claims),
            scopes: try ScopeClaim.read(claims, named: issuer.scopesClaim), expires: expires,
            session: readable(claims["sid"]), tokenID: readable(claims["jti"]),
            name: readable(claims.member(issuer.nameClaim ?? "name")), digest: digest)
    }

    // MARK: - Which kind of token

    private func checkType(_ token: VerifiedJWS, _ claims: ClaimReader) throws(TokenRefusal) {
        let type = token.type.map { TokenType($0) } ?? .absent
        switch issuer.profile {
        case .rfc9068:
            guard type == .accessToken else { throw .wrongType }
            for claim in [TokenRefusal.Claim.iat, .jti, .clientID]
            where claims.member(ByteString(claim.rawValue)) == nil {
                throw .missingClaim(claim)
            }
        case .generic:
            guard type != .other else { throw .wrongType }
        }
        // A logout token or a security event is signed by the same keys for the same audience.
        if claims["events"] != nil { throw .notAnAccessToken }
        // Keycloak says it in the payload.
        if let kind = claims["typ"]?.text, ["ID", "Refresh", "Offline", "Logout"].contains(kind) {
            throw .notAnAccessToken
        }
        let marksOfAnIDToken = claims["nonce"] != nil || claims["at_hash"] != nil || claims["c_hash"] != nil
        let says = { (name: ByteString) in claims.member(name) != nil }
        if type != .accessToken && marksOfAnIDToken && !says("scope") && !says("scp") { throw .notAnAccessToken }
    }

    // MARK: - When

    private func checkTimes(_ claims: ClaimReader, now: UnixTime) throws(TokenRefusal) -> UnixTime {
        let skew = Double(Self.skewSeconds)
        let present = Double(now.seconds)
        guard let expires = try claims.time("exp", .exp) else { throw .missingClaim(.exp) }
        guard expires > present - skew else { throw .expired }
        if let start = try claims.time("nbf", .nbf), start > present + skew { throw .notYetValid }
        let issued = try claims.time("iat", .iat)
        if let issued, issued > present + skew { throw .issuedInTheFuture }
        guard expires - (issued ?? present) <= Self.longestLifeSeconds + skew else { throw .lifetimeTooLong }
        return UnixTime(seconds: Int64(expires))
    }

    // MARK: - Who

    private func clientID(_ claims: ClaimReader) throws(TokenRefusal) -> ByteString? {
        for name in Self.clientIDs {
            guard let id = try claims.identifier(name, .clientID) else { continue }
            // `client:` and this must fit an agent's id.
            guard id.count <= EnvelopeLimits.identifierBytes - 7 else { throw .malformedClaim(.clientID) }
            return id
        }
        return nil
    }

    /// What identity providers call it, the standard's own name first.
    private static let clientIDs: [StaticString] = ["client_id", "azp", "appid", "cid"]

    private func actorKind(_ claims: ClaimReader, subject: ByteString, clientID: ByteString?) -> ActorKind {
        if subject == clientID { return .service }
        if claims["idtyp"]?.text == "app" { return .service }
        if let grant = claims["gty"]?.text, grant == "client-credentials" || grant == "client_credentials" {
            return .service
        }
        if let profile = claims["sub_profile"]?.text, profile == "service" || profile == "ai_agent" { return .service }
        return .user
    }

    private func tenant(_ claims: ClaimReader) -> ByteString? {
        switch issuer.tenant {
        case .label(let label):
            return label
        case .claim(let name, let map):
            guard let value = claims.member(name)?.text else { return nil }
            if let map { return map[value] }
            return EnvelopeText.isTenant(value) ? value : nil
        }
    }

    /// The token's own actor first, then the operator's map, then the bare client id, which nobody vouches for.
    private func agent(
        _ claims: ClaimReader, subject: ByteString, kind: ActorKind, clientID: ByteString?
    ) throws(TokenRefusal) -> ActingAgent {
        if let actor = claims["act"] {
            let chain = try chain(actor)
            let isSubject = chain == [ActorChain.Actor(subject: subject, issuer: issuer.issuer)]
            return isSubject ? ActingAgent(itself: subject) : ActingAgent(chain: chain)
        }
        guard let clientID, let id = agents.agent(issuer: issuerIndex, clientID: clientID) else {
            return ActingAgent(clientID: clientID)
        }
        // A service's own token has its client for a subject, whatever the provider calls it in `sub`.
        if kind == .service { return ActingAgent(itself: id) }
        return ActingAgent(chain: [ActorChain.Actor(subject: id, issuer: agents.namespace)])
    }

    /// The actors of an `act` claim (RFC 8693, section 4.1), outermost first; an actor without `iss` is one of the
    /// token's issuer.
    private func chain(_ act: JSONValue) throws(TokenRefusal) -> [ActorChain.Actor] {
        var chain: [ActorChain.Actor] = []
        var next: JSONValue? = act
        while let actor = next {
            guard chain.count < EnvelopeLimits.actors else { throw .actorChain }
            let claims = ClaimReader(actor)
            guard actor.kind == .object, let id = try claims.identifier("sub", .act) else {
                throw .malformedClaim(.act)
            }
            guard !ActingAgent.isReserved(id) else { throw .actorChain }
            chain.append(
                ActorChain.Actor(subject: id, issuer: try claims.identifier("iss", .act) ?? issuer.issuer))
            next = actor["act"]
        }
        return chain
    }

    // MARK: - For whom

    private func audiences(_ claims: ClaimReader) throws(TokenRefusal) -> [ByteString] {
        guard let value = claims["aud"] else { throw .missingClaim(.aud) }
        if let one = value.text { return [one] }
        guard let elements = value.elements, elements.count <= 64 else { throw .malformedClaim(.aud) }
        var audiences: [ByteString] = []
        for element in elements {
            guard let text = element.text else { throw .malformedClaim(.aud) }
            audiences.append(text)
        }
        return audiences
    }

    /// A claim that only informs: dropped rather than refused when it is no short, printable text.
    private func readable(_ value: JSONValue?) -> ByteString? {
        guard let text = value?.text, text.isPlainText(limit: 255) else { return nil }
        return text
    }
}

/// What the `typ` header says, compared without regard to ASCII case and to the `application/` prefix (RFC 7515,
/// section 4.1.9).
private enum TokenType: Equatable {
    case absent, generic, accessToken, other

    init(_ type: ByteString) {
        let hasPrefix = type.bytes.prefix(12).equalsIgnoringASCIICase("application/")
        let name = type.bytes.dropFirst(hasPrefix ? 12 : 0)
        self =
            name.equalsIgnoringASCIICase("jwt")
            ? .generic : name.equalsIgnoringASCIICase("at+jwt") ? .accessToken : .other
    }
}
