internal import HTTPWire
internal import StrictCoding

/// `/authorize`: GET shows the login page, POST checks name and password and sends the browser back with a code.
///
/// A POST carries either the page's hidden field or, for a command line, the request itself in the URL's query. There
/// is no cookie and no session, so every login needs the password again and a forged POST has nothing to ride on.
struct AuthorizationEndpoint: Sendable {
    let issuer: ByteString
    let resources: [ByteString]
    let clients: ClientRegistry
    let ledger: GrantLedger
    let requests: SignedRequest
    let effects: DemoEffects

    func answer(_ request: ServiceRequest) async -> ServiceResponse {
        do {
            switch request.method {
            case .get:
                return try await show(query: request.queryBytes, mistake: nil)
            case .post:
                guard !request.isCrossSite else { return page("Another site sent this form.", status: 403) }
                return try await submit(request)
            default:
                return .methodNotAllowed("GET, POST")
            }
        } catch let failure {
            return answer(failure)
        }
    }

    private func show(query: [UInt8], mistake: String?) async throws(AuthorizationRequest.Failure) -> ServiceResponse {
        let login = try await checked(parameters(query))
        let page = LoginPage(
            request: login, signedRequest: requests.seal(query, now: effects.now()), mistake: mistake)
        return .html(page.text, status: mistake == nil ? 200 : 403)
    }

    private func submit(_ request: ServiceRequest) async throws(AuthorizationRequest.Failure) -> ServiceResponse {
        guard request.isForm else { throw .page("The form must be sent as application/x-www-form-urlencoded.") }
        let form = try parameters(request.body)
        let query = try query(of: request, form)
        let login = try await checked(parameters(query))
        if form["submit"] == "deny" {
            throw .redirect(to: login.redirectURI, state: login.state, OAuthRefusal(.accessDenied, "the user said no"))
        }
        guard let user = form["username"].flatMap(DemoDirectory.user),
            constantTimeEqual(user.password.bytes, form["password"]?.bytes ?? [])
        else {
            return try await show(query: query, mistake: "The user name or the password is wrong.")
        }
        return try await grant(login, to: user)
    }

    private func grant(
        _ login: AuthorizationRequest, to user: DemoDirectory.User
    ) async throws(AuthorizationRequest.Failure) -> ServiceResponse {
        // RFC 6749, section 3.3: what the user does not have is left out, and the token response says what is left.
        let scopes =
            login.scopes?.filter { user.scopes.contains($0) || ProviderMetadata.loginScopes.contains($0) }
            ?? user.scopes
        guard !scopes.isEmpty else {
            throw .redirect(
                to: login.redirectURI, state: login.state,
                OAuthRefusal(.invalidScope, "`\(user.id.quotable)` has none of the scopes that were asked for"))
        }
        let now = effects.now()
        let grant = Grant(
            clientID: login.client.id, redirectURI: login.redirectURI, user: user, scopes: scopes.withoutRepetitions,
            resource: login.resource, challenge: login.challenge, nonce: login.nonce,
            session: ByteString(Base64URL.encode(effects.random(16))), authenticatedAt: now)
        let code = await ledger.issueCode(for: grant, now: now)
        return back(to: login.redirectURI, state: login.state, with: [("code", code)])
    }

    // MARK: - Reading

    private func query(of request: ServiceRequest, _ form: FormParameters) throws(AuthorizationRequest.Failure)
        -> [UInt8]
    {
        guard let signed = form["signed_request"] else { return request.queryBytes }
        guard let query = requests.open(signed, now: effects.now()) else {
            throw .page("This login page is too old or was altered. Go back to the application and start again.")
        }
        return query
    }

    private func parameters(_ bytes: [UInt8]) throws(AuthorizationRequest.Failure) -> FormParameters {
        do {
            return try FormParameters(parsing: bytes)
        } catch {
            throw .page("The request cannot be read: \(OAuthRefusal(error).description).")
        }
    }

    private func checked(_ parameters: FormParameters) async throws(AuthorizationRequest.Failure)
        -> AuthorizationRequest
    {
        let client: OAuthClient? =
            if let id = parameters["client_id"] { await clients.client(id) } else { nil }
        return try AuthorizationRequest(parameters, client: client, resources: resources)
    }

    // MARK: - Answering

    private func answer(_ failure: AuthorizationRequest.Failure) -> ServiceResponse {
        switch failure {
        case .page(let sentence):
            return page(sentence, status: 400)
        case .redirect(let uri, let state, let refusal):
            let code = ByteString(refusal.code.rawValue)
            return back(
                to: uri, state: state, with: [("error", code), ("error_description", ByteString(refusal.description))])
        }
    }

    /// 303, so that the browser's next request is a GET without the password (RFC 9700, section 4.12).
    private func back(
        to uri: RedirectURI, state: ByteString?, with answer: [(name: ByteString, value: ByteString)]
    ) -> ServiceResponse {
        var answer = answer
        if let state { answer.append(("state", state)) }
        // RFC 9207: a client of several servers can tell who answers.
        answer.append(("iss", issuer))
        return .seeOther(uri.carrying(answer).string)
    }

    private func page(_ sentence: String, status: Int) -> ServiceResponse {
        .html(LoginPage.refusal(sentence), status: status)
    }
}

extension [ByteString] {
    /// Each element once, in the order of first appearance.
    var withoutRepetitions: [ByteString] {
        var seen: Set<ByteString> = []
        return filter { seen.insert($0).inserted }
    }
}
