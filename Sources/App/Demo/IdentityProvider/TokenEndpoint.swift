internal import Crypto
internal import HTTPWire
internal import StrictCoding

/// `/token`: turns codes, refresh tokens, client credentials and other access tokens into access tokens.
struct TokenEndpoint: Sendable {
    let resources: [ByteString]
    let targets: [ByteString]
    let authentication: ClientAuthentication
    let gateway: TrustedGateway
    let ledger: GrantLedger
    let mint: TokenMint
    let effects: DemoEffects

    func answer(_ request: ServiceRequest) async -> ServiceResponse {
        guard request.method == .post else { return .methodNotAllowed("POST, OPTIONS") }
        do {
            return .json(try await tokens(request).json)
        } catch {
            return error.response
        }
    }

    private func tokens(_ request: ServiceRequest) async throws(OAuthRefusal) -> TokenResponse {
        let form = try form(request)
        let client = try await authentication.client(of: request, form, now: effects.now())
        guard let name = form["grant_type"] else { throw OAuthRefusal(.invalidRequest, "`grant_type` is missing") }
        guard let grant = OAuthClient.Grant.allCases.first(where: { ByteString($0.rawValue) == name }) else {
            throw OAuthRefusal(.unsupportedGrantType, "`\(name.quotable)` is not a grant type of this server")
        }
        guard client.grants.contains(grant) else {
            throw OAuthRefusal(.unauthorizedClient, "`\(client.id.quotable)` may not use this grant type")
        }
        switch grant {
        case .authorizationCode: return try await redeem(form, client)
        case .refreshToken: return try await refresh(form, client)
        case .clientCredentials: return try credentials(form, client)
        case .tokenExchange: return try await exchange(form, client)
        }
    }

    private func form(_ request: ServiceRequest) throws(OAuthRefusal) -> FormParameters {
        guard request.isForm else {
            throw OAuthRefusal(.invalidRequest, "the body must be application/x-www-form-urlencoded")
        }
        guard request.queryBytes.isEmpty else {
            throw OAuthRefusal(.invalidRequest, "parameters belong into the body, not into the URL")
        }
        do {
            return try FormParameters(parsing: request.body)
        } catch {
            throw OAuthRefusal(error)
        }
    }

    // MARK: - authorization_code (RFC 6749, section 4.1.3; RFC 7636, section 4.6)

    private func redeem(_ form: FormParameters, _ client: OAuthClient) async throws(OAuthRefusal) -> TokenResponse {
        guard let code = form["code"] else { throw OAuthRefusal(.invalidRequest, "`code` is missing") }
        let now = effects.now()
        let grant = try await ledger.redeem(code, now: now)
        guard grant.clientID == client.id else {
            throw OAuthRefusal(.invalidGrant, "the code was issued to another client")
        }
        guard form["redirect_uri"] == grant.redirectURI.text else {
            throw OAuthRefusal(.invalidGrant, "`redirect_uri` is not the one of the authorization request")
        }
        try checkVerifier(form["code_verifier"], grant)
        var response = try response(for: grant, resource: try resource(form, grant), scopes: grant.scopes, now: now)
        if client.grants.contains(.refreshToken) {
            response.refreshToken = await ledger.openFamily(for: grant, now: now)
        }
        return response
    }

    private func checkVerifier(_ verifier: ByteString?, _ grant: Grant) throws(OAuthRefusal) {
        guard let verifier else { throw OAuthRefusal(.invalidGrant, "`code_verifier` is missing") }
        let isWellFormed =
            (43...128).contains(verifier.count)
            && verifier.bytes.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || "-._~".utf8.contains($0) }
        guard isWellFormed, constantTimeEqual(Base64URL.encode(SHA256.digest(verifier.bytes)), grant.challenge.bytes)
        else {
            throw OAuthRefusal(.invalidGrant, "`code_verifier` does not belong to the `code_challenge`")
        }
    }

    // MARK: - refresh_token (RFC 6749, section 6)

    private func refresh(_ form: FormParameters, _ client: OAuthClient) async throws(OAuthRefusal) -> TokenResponse {
        guard let token = form["refresh_token"] else {
            throw OAuthRefusal(.invalidRequest, "`refresh_token` is missing")
        }
        let wanted = try ScopeList.parse(form["scope"])
        let now = effects.now()
        let (grant, next) = try await ledger.renew(token, now: now) { grant throws(OAuthRefusal) in
            guard grant.clientID == client.id else {
                throw OAuthRefusal(.invalidGrant, "the refresh token was issued to another client")
            }
            _ = try Self.narrowed(wanted, within: grant.scopes)
            _ = try resource(form, grant)
        }
        var response = try response(
            for: grant, resource: try resource(form, grant), scopes: try Self.narrowed(wanted, within: grant.scopes),
            now: now)
        response.refreshToken = next
        return response
    }

    // MARK: - client_credentials (RFC 6749, section 4.4)

    private func credentials(_ form: FormParameters, _ client: OAuthClient) throws(OAuthRefusal) -> TokenResponse {
        // `audience` beside `resource`: most authorization servers know targets by a name of their own.
        let audiences = try Self.audiences(form, among: resources + targets)
        let scopes = try Self.narrowed(try ScopeList.parse(form["scope"]), within: client.scopes)
        let claims = AccessClaims(
            subject: client.id, name: client.name, audiences: audiences.isEmpty ? [resources[0]] : audiences,
            clientID: client.id, scopes: scopes)
        let (token, expiresIn) = try mint.accessToken(claims, now: effects.now())
        return TokenResponse(accessToken: token, expiresIn: expiresIn, scopes: scopes)
    }

    // MARK: -

    private func response(
        for grant: Grant, resource: ByteString, scopes: [ByteString], now: Int64
    ) throws(OAuthRefusal) -> TokenResponse {
        let claims = AccessClaims(
            subject: grant.user.id, name: grant.user.name, audiences: [resource], clientID: grant.clientID,
            scopes: scopes, session: grant.session)
        let (token, expiresIn) = try mint.accessToken(claims, now: now)
        var response = TokenResponse(accessToken: token, expiresIn: expiresIn, scopes: scopes)
        if scopes.contains("openid") { response.idToken = try mint.idToken(for: grant, now: now) }
        return response
    }

    /// The one resource of the token: what was asked for at the login binds (RFC 8707, section 2.2).
    private func resource(_ form: FormParameters, _ grant: Grant) throws(OAuthRefusal) -> ByteString {
        let wanted = try ResourceIndicator.check(form["resource"], among: resources)
        if let wanted, let granted = grant.resource, wanted != granted {
            throw OAuthRefusal(.invalidTarget, "the login was for the resource `\(granted.quotable)`")
        }
        return wanted ?? grant.resource ?? resources[0]
    }

    /// What `audience` and `resource` name, which must be known here.
    static func audiences(_ form: FormParameters, among known: [ByteString]) throws(OAuthRefusal) -> [ByteString] {
        let audiences = [form["audience"], form["resource"]].compactMap { $0 }.withoutRepetitions
        if let unknown = audiences.first(where: { !known.contains($0) }) {
            throw OAuthRefusal(.invalidTarget, "no tokens are issued here for `\(unknown.quotable)`")
        }
        return audiences
    }

    /// What is asked for, which must not be more than there is; all there is when nothing is asked for.
    static func narrowed(_ wanted: [ByteString]?, within available: [ByteString]) throws(OAuthRefusal) -> [ByteString] {
        guard let wanted else { return available }
        if let excess = wanted.first(where: { !available.contains($0) }) {
            throw OAuthRefusal(.invalidScope, "`\(excess.quotable)` goes beyond what may be granted here")
        }
        return wanted.withoutRepetitions
    }
}
