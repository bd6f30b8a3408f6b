internal import StrictCoding

/// Token exchange (RFC 8693): the authenticated client gets a token to act for the user of another token.
///
/// The new token names the user in `sub` and the client in `act`; it is for a configured target, may not do more, and
/// does not live longer than the token it came from. A client that is registered for this grant may exchange any access
/// token of this server.
extension TokenEndpoint {
    private static let accessTokenType: ByteString = "urn:ietf:params:oauth:token-type:access_token"
    /// Clients that act for clients that act for users: nobody needs more hops than this.
    private static let actorDepthLimit = 4

    func exchange(_ form: FormParameters, _ client: OAuthClient) async throws(OAuthRefusal) -> TokenResponse {
        let now = effects.now()
        let (subject, expires) = try mint.verify(try subjectToken(form), now: now)
        if let session = subject.session, await ledger.isRevoked(session, now: now) {
            throw OAuthRefusal(.invalidRequest, "the login behind `subject_token` is revoked")
        }
        let scopes = try Self.narrowed(try ScopeList.parse(form["scope"]), within: subject.scopes)
        let claims = AccessClaims(
            subject: subject.subject, name: subject.name, audiences: try targets(form), clientID: client.id,
            scopes: scopes,
            session: subject.session, actor: try actor(client, before: subject.actor))
        let (token, expiresIn) = try mint.accessToken(claims, now: now, notAfter: expires)
        var response = TokenResponse(accessToken: token, expiresIn: expiresIn, scopes: scopes)
        response.issuedTokenType = Self.accessTokenType
        return response
    }

    private func subjectToken(_ form: FormParameters) throws(OAuthRefusal) -> ByteString {
        guard let token = form["subject_token"] else {
            throw OAuthRefusal(.invalidRequest, "`subject_token` is missing")
        }
        guard form["subject_token_type"] == Self.accessTokenType else {
            throw OAuthRefusal(.invalidRequest, "`subject_token_type` must be `\(Self.accessTokenType)`")
        }
        guard form["requested_token_type"] == nil || form["requested_token_type"] == Self.accessTokenType else {
            throw OAuthRefusal(.invalidRequest, "`requested_token_type` must be `\(Self.accessTokenType)`")
        }
        guard form["actor_token"] == nil, form["actor_token_type"] == nil else {
            throw OAuthRefusal(.invalidRequest, "there is no `actor_token` here: the actor is the authenticated client")
        }
        return token
    }

    /// `audience` or `resource`, or both; never an unlimited token.
    private func targets(_ form: FormParameters) throws(OAuthRefusal) -> [ByteString] {
        let targets = [form["audience"], form["resource"]].compactMap { $0 }.withoutRepetitions
        guard !targets.isEmpty else { throw OAuthRefusal(.invalidRequest, "`audience` or `resource` is required") }
        if let unknown = targets.first(where: { !exchangeTargets.contains($0) }) {
            throw OAuthRefusal(.invalidTarget, "no tokens are exchanged here for `\(unknown.quotable)`")
        }
        return targets
    }

    /// The client as the current actor, with earlier ones nested inside (RFC 8693, section 4.1).
    private func actor(_ client: OAuthClient, before earlier: [UInt8]?) throws(OAuthRefusal) -> [UInt8] {
        if let earlier, depth(ofActor: earlier) >= Self.actorDepthLimit {
            throw OAuthRefusal(.invalidRequest, "`subject_token` has passed through too many actors")
        }
        var writer = JSONWriter()
        writer.object {
            $0.member("sub", client.id)
            $0.member("iss", mint.issuer)
            if let earlier {
                $0.name("act")
                $0.raw(earlier)
            }
        }
        return writer.bytes
    }

    private func depth(ofActor text: [UInt8]) -> Int {
        var actor = try? JSONDocument(parsing: text, limits: .token).root
        var depth = 0
        while let current = actor {
            depth += 1
            actor = current["act"]
        }
        return depth
    }
}
