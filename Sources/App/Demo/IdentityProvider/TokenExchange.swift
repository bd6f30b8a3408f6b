internal import JOSE
internal import StrictCoding

/// Token exchange (RFC 8693): the authenticated client gets a token to act for the user of another token.
///
/// The new token names the user in `sub` and in `act` who acts: whom the gateway's `actor_token` names, or the client.
/// It is for a configured target, may not do more, and does not live longer than the token it came from. A client that
/// is registered for this grant may exchange any access token of this server, whichever client got it.
extension TokenEndpoint {
    private static let accessTokenType: ByteString = "urn:ietf:params:oauth:token-type:access_token"
    private static let jwtType: ByteString = "urn:ietf:params:oauth:token-type:jwt"
    /// Clients that act for clients that act for users: nobody needs more hops than this.
    private static let actorDepthLimit = 4

    func exchange(_ form: FormParameters, _ client: OAuthClient) async throws(OAuthRefusal) -> TokenResponse {
        let now = effects.now()
        let (subject, expires) = try mint.verify(try subjectToken(form), now: now)
        if let session = subject.session, await ledger.isRevoked(session, now: now) {
            throw OAuthRefusal(.invalidRequest, "the login behind `subject_token` is revoked")
        }
        let audiences = try Self.audiences(form, among: targets)
        guard !audiences.isEmpty else { throw OAuthRefusal(.invalidRequest, "`audience` or `resource` is required") }
        let scopes = try Self.narrowed(try ScopeList.parse(form["scope"]), within: subject.scopes)
        let actor = try await actor(form, client, now: now)
        let claims = AccessClaims(
            subject: subject.subject, name: subject.name, audiences: audiences, clientID: client.id, scopes: scopes,
            session: subject.session, actor: try actor.claim(before: subject.actor, depth: Self.actorDepthLimit))
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
        return token
    }

    /// The client; or whoever acts through the gateway, by its statement.
    private func actor(
        _ form: FormParameters, _ client: OAuthClient, now: Int64
    ) async throws(OAuthRefusal) -> CurrentActor {
        guard let statement = form["actor_token"] else {
            guard form["actor_token_type"] == nil else {
                throw OAuthRefusal(.invalidRequest, "`actor_token_type` comes with an `actor_token`")
            }
            return CurrentActor(subject: client.id, issuer: mint.issuer)
        }
        guard form["actor_token_type"] == Self.jwtType else {
            throw OAuthRefusal(.invalidRequest, "`actor_token_type` must be `\(Self.jwtType)`")
        }
        guard client.id == DemoDirectory.gatewayID, let claims = await verified(statement, now: now),
            let subject = claims["sub"]?.text, subject.isPlainText(limit: 255)
        else {
            throw OAuthRefusal(.invalidRequest, "`actor_token` is not a fresh statement of a client that may make it")
        }
        // It says who acts now; how it came to that is the subject's history.
        guard claims["act"] == nil else { throw OAuthRefusal(.invalidRequest, "`actor_token` must not carry `act`") }
        // RFC 9493: in whose words `sub` is a name.
        let namespace = claims["sub_id"]?["iss"]?.text ?? gateway.statementIssuer
        return CurrentActor(subject: subject, issuer: namespace)
    }

    private func verified(_ text: ByteString, now: Int64) async -> JSONValue? {
        guard let unverified = try? UnverifiedJWS(compact: text.bytes),
            let signed = try? await gateway.statementKeys.verify(unverified, now: now)
        else { return nil }
        return try? await authentication.statements.accept(signed, by: gateway.statementIssuer, now: now)
    }
}

/// The outermost `act` of a token (RFC 8693, section 4.1).
private struct CurrentActor {
    let subject: ByteString
    /// In whose namespace `subject` is a name.
    let issuer: ByteString

    /// The claim, with the actors before this one nested inside.
    func claim(before earlier: [UInt8]?, depth limit: Int) throws(OAuthRefusal) -> [UInt8] {
        if let earlier, Self.depth(of: earlier) >= limit {
            throw OAuthRefusal(.invalidRequest, "`subject_token` has passed through too many actors")
        }
        var writer = JSONWriter()
        writer.object {
            $0.member("sub", subject)
            $0.member("iss", issuer)
            if let earlier {
                $0.name("act")
                $0.raw(earlier)
            }
        }
        return writer.bytes
    }

    private static func depth(of claim: [UInt8]) -> Int {
        var actor = try? JSONDocument(parsing: claim, limits: .token).root
        var depth = 0
        while let current = actor {
            depth += 1
            actor = current["act"]
        }
        return depth
    }
}
