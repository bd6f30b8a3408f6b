import Crypto
import Delegation
import Identity
import Policy
import StrictCoding

/// One attempt to get one token.
///
/// ```text
/// form ──▶ endpoint ──▶ post ──▶ issued ──▶ judged ──▶ credential
///                                            │  └─ keys unknown: renew them once
///                                            └─ introspect ──▶ judged
/// ```
struct ExchangeAttempt: Sendable {
    let request: CredentialRequest
    let client: ClientRegistration
    let issuer: Issuer
    let secrets: PolicySecrets
    let tokenSeal: SecretBytes
    let endpoints: TokenEndpoints
    let seconds: Int
    let effects: TokenDeskEffects

    /// The request's form. What it needs is opened and signed here, before anybody is called.
    func form() throws(ExchangeFailure) -> TokenForm {
        if let end = request.notAfter, end <= now {
            throw ExchangeFailure(.rejected(.expired), "the user's own token has expired")
        }
        switch request.grant {
        case .clientCredentials(let settings):
            return TokenForm(settings, client: client.clientID, proof: try proof())
        case .exchange(let grant):
            return TokenForm(
                grant, subject: try subject(grant), actor: try actor(grant), client: client.clientID,
                proof: try proof())
        }
    }

    func result(of form: TokenForm) async -> Result<Credential, ExchangeFailure> {
        do throws(ExchangeFailure) { return .success(try await credential(form)) } catch { return .failure(error) }
    }

    private func credential(_ form: TokenForm) async throws(ExchangeFailure) -> Credential {
        let answer = try await post(form, to: .token)
        var token: IssuedToken
        do {
            token = try TokenAnswer.issued(by: answer, for: request, now: now)
        } catch {
            throw ExchangeFailure(error, "the token endpoint: \(answer.explanation)", isOutage: answer.isOutage)
        }
        switch try await judged(&token) {
        case .accepted(let credential): return credential
        case .introspect: return try await introspected(token)
        case .keysNeeded: preconditionFailure("the newest keys are the last word")
        }
    }

    private func judged(_ token: inout IssuedToken) async throws(ExchangeFailure) -> IssuedToken.Step {
        do throws(CredentialFault) {
            let keys = await effects.keys(client.issuer, false)
            let step = try token.judged(issuer: issuer, keys: keys, isLastWord: false, now: now)
            guard case .keysNeeded = step else { return step }
            let renewed = await effects.keys(client.issuer, true)
            return try token.judged(issuer: issuer, keys: renewed, isLastWord: true, now: now)
        } catch {
            throw ExchangeFailure(error, "the token is not what was asked for")
        }
    }

    private func introspected(_ token: IssuedToken) async throws(ExchangeFailure) -> Credential {
        let form = TokenForm(introspecting: token.token, client: client.clientID, proof: try proof())
        let answer = try await post(form, to: .introspection)
        do {
            return try IntrospectionAnswer.credential(answer, of: token, issuer: issuer, now: now)
        } catch {
            throw ExchangeFailure(
                error, "the introspection endpoint: \(answer.explanation)", isOutage: answer.isOutage)
        }
    }

    private var now: UnixTime { UnixTime(seconds: effects.milliseconds() / 1_000) }
}

// What is sent.
extension ExchangeAttempt {
    /// 128 random bits: nobody has used them before.
    private var tokenID: ByteString { ByteString(Base64URL.encode(effects.random(16))) }

    private func proof() throws(ExchangeFailure) -> ClientProof {
        try signed { () throws(CryptoError) in
            try ClientProof(client, secrets: secrets, issuer: issuer.issuer, tokenID: tokenID, now: now)
        }
    }

    private func subject(_ grant: ExchangeGrant) throws(ExchangeFailure) -> SecretBytes {
        switch grant.settings.subject {
        case .originalToken:
            // The transaction has ended in between, or is another one: either way nobody speaks for the user any more.
            // The authorization server has not rejected anybody, so this is not told as if it had.
            guard let token = grant.subjectToken?.open(transaction: grant.transaction, key: tokenSeal) else {
                throw ExchangeFailure(.rejected(.subjectGone), "the user's token is no longer there")
            }
            return token
        case .assertion:
            return try signed { () throws(CryptoError) in
                try SubjectAssertion(frame: frame, grant: grant).signed(by: effects.signer())
            }
        }
    }

    private func actor(_ grant: ExchangeGrant) throws(ExchangeFailure) -> SecretBytes? {
        guard grant.namesActor, let actor = grant.actors.actors.first else { return nil }
        return try signed { () throws(CryptoError) in
            try ActorAssertion(frame: frame, actor: actor, transaction: grant.transaction).signed(by: effects.signer())
        }
    }

    private var frame: AssertionFrame {
        AssertionFrame(audience: issuer.issuer, tokenID: tokenID, issued: now)
    }

    private func signed<Statement>(_ sign: () throws(CryptoError) -> Statement) throws(ExchangeFailure) -> Statement {
        do {
            return try sign()
        } catch {
            throw ExchangeFailure(.misconfigured("signing_failed"), "a statement could not be signed")
        }
    }
}

// Where to.
extension ExchangeAttempt {
    private enum Purpose: String {
        case token
        case introspection
    }

    private func post(_ form: TokenForm, to purpose: Purpose) async throws(ExchangeFailure) -> EndpointAnswer {
        let pinned = pinned(purpose)
        let url = if let pinned { pinned } else { try await published(purpose) }
        switch await effects.post(issuer, url, form.fields, form.body, EndpointAnswer.mostBytes, seconds) {
        case .answer(let answer):
            return answer
        case .tooLarge:
            throw ExchangeFailure(.rejected(.tooLarge), "the \(purpose.rawValue) endpoint: the answer is too large")
        case .failed(let why):
            // It may have moved.
            if pinned == nil { await endpoints.forget(client.issuer) }
            throw .unavailable("the \(purpose.rawValue) endpoint: \(why)")
        }
    }

    private func pinned(_ purpose: Purpose) -> HTTPURL? {
        switch purpose {
        case .token: client.tokenEndpoint
        case .introspection: client.introspectionEndpoint
        }
    }

    private func published(_ purpose: Purpose) async throws(ExchangeFailure) -> HTTPURL {
        let published: TokenEndpoints.Published
        switch await endpoints.published(by: client.issuer) {
        case .success(let found): published = found
        case .failure(let fault): throw ExchangeFailure(fault)
        }
        switch purpose == .token ? published.token : published.introspection {
        case .own(let url): return url
        case .foreign:
            throw ExchangeFailure(
                .rejected(.foreignEndpoint),
                "its metadata names a \(purpose.rawValue) endpoint at another origin; pin it in the policy if it is right"
            )
        case .absent:
            throw ExchangeFailure(
                .misconfigured(ByteString("\(purpose.rawValue)_endpoint_missing")),
                "its metadata names no \(purpose.rawValue) endpoint")
        }
    }
}
