package import Crypto
package import Delegation
import Identity
package import Policy
import StrictCoding

/// Gets tokens from authorization servers as the policy's clients (`clients.C`): one request, one answer, judged before
/// anybody sees it.
///
/// Nothing is remembered here but which server is down: a client whose server did not answer five times in a row is not
/// asked for a while (`CircuitBreaker`). Who caches and shares tokens stands before the desk.
package actor TokenDesk {
    private let issuers: [Issuer]
    private let clients: [ClientRegistration]
    private let seconds: Int
    private let secrets: PolicySecrets
    private let tokenSeal: SecretBytes
    private let effects: TokenDeskEffects
    private let endpoints: TokenEndpoints
    private var breakers: [CircuitBreaker]

    /// - Parameter tokenSeal: opens the users' access tokens (`SealedToken`).
    package init(policy: PolicySet, secrets: PolicySecrets, tokenSeal: SecretBytes, effects: TokenDeskEffects) {
        self.init(
            issuers: policy.issuers, clients: policy.clients, seconds: policy.limits.exchangeTimeoutSeconds,
            secrets: secrets, tokenSeal: tokenSeal, effects: effects)
    }

    /// - Parameter seconds: for one token, everything together.
    package init(
        issuers: [Issuer], clients: [ClientRegistration], seconds: Int, secrets: PolicySecrets, tokenSeal: SecretBytes,
        effects: TokenDeskEffects
    ) {
        self.issuers = issuers
        self.clients = clients
        self.seconds = seconds
        self.secrets = secrets
        self.tokenSeal = tokenSeal
        self.effects = effects
        endpoints = TokenEndpoints(issuers: issuers, fetch: effects.fetch) {
            UnixTime(seconds: effects.milliseconds() / 1_000)
        }
        breakers = clients.map { _ in CircuitBreaker() }
    }

    /// Gives up after the policy's `exchange_timeout`. Whoever waits and is cancelled does not cancel the attempt.
    package func credential(for request: CredentialRequest) async -> Result<Credential, CredentialFault> {
        let client = request.grant.client
        let attempt = ExchangeAttempt(
            request: request, client: clients[client], issuer: issuers[clients[client].issuer], secrets: secrets,
            tokenSeal: tokenSeal, endpoints: endpoints, seconds: seconds, effects: effects)
        let form: TokenForm
        do {
            form = try attempt.form()
        } catch {
            // Nothing was sent, so nothing was learnt of the server.
            return refused(error, client)
        }
        switch breakers[client].admit(now: effects.milliseconds()) {
        case .refused(let wait):
            return .failure(.unavailable(retryAfterSeconds: wait))
        case .admitted(let passage):
            let result = await bounded { await attempt.result(of: form) }
            settle(passage, result, client)
            switch result {
            case .success(let credential): return .success(credential)
            case .failure(let failure): return refused(failure, client)
            }
        }
    }

    private func settle(
        _ passage: CircuitBreaker.Passage, _ result: Result<Credential, ExchangeFailure>, _ client: Int
    ) {
        if case .failure(let failure) = result, failure.isOutage {
            breakers[client].unavailable(passage, now: effects.milliseconds(), jitter: effects.jitter())
        } else {
            breakers[client].answered(passage)
        }
    }

    private func refused(_ failure: ExchangeFailure, _ client: Int) -> Result<Credential, CredentialFault> {
        effects.report(
            TokenDeskReport(
                client: clients[client].name, issuer: issuers[clients[client].issuer].name, fault: failure.fault,
                reason: failure.line))
        return .failure(failure.fault)
    }

    private func bounded(
        _ attempt: @escaping @Sendable () async -> Result<Credential, ExchangeFailure>
    ) async -> Result<Credential, ExchangeFailure> {
        let first = FirstResult<Result<Credential, ExchangeFailure>>()
        let (seconds, sleep) = (seconds, effects.sleep)
        let work = Task { first.give(await attempt()) }
        let patience = Task {
            await sleep(seconds)
            first.give(.failure(.unavailable("no whole answer within \(seconds) seconds")))
        }
        let result = await first.value()
        work.cancel()
        patience.cancel()
        return result
    }
}
