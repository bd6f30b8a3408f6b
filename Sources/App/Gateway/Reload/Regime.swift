import Admission
import Crypto
import Delegation
import HTTPWire
import Logging
import OAuthClients
import Policy
import Stores
import StrictCoding
import Synchronization

/// A policy in force, with all that is made for it alone: whoever keeps its issuers' keys, whoever asks its
/// authorization servers, what its peers are judged by.
final class Regime: Sendable {
    let ready: PolicyLoad.Ready
    let epochs: Epochs
    let issuers: IssuerKeys
    let desk: TokenDesk
    /// Replaced when a file of certificates is, the policy being the same.
    let securities: Latest<Securities>
    private let upkeep = Mutex<Task<Void, Never>?>(nil)

    init(_ ready: PolicyLoad.Ready, epochs: Epochs, securities: Securities, known: IssuerKeys.Knowledge?, tools: Tools)
    {
        self.ready = ready
        self.epochs = epochs
        let latest = Latest(securities)
        self.securities = latest
        issuers = tools.issuerKeys(ready.policy, latest, known: known)
        desk = tools.desk(ready, latest, issuers, tokenSeal: epochs.tokenSeal)
    }

    var policy: PolicySet { ready.policy }

    /// From here on issuers' keys are refreshed by themselves.
    func keepFresh() {
        let task = Task { [issuers] in
            await issuers.keepFresh { try await Task.sleep(for: .seconds($0)) }
        }
        upkeep.withLock { $0 = task }
    }

    /// Fetches nothing more. Requests that began under this policy go on with what they have.
    func end() async {
        upkeep.withLock { $0?.cancel() }
        await issuers.stop()
    }

    /// What every regime is made with.
    struct Tools: Sendable {
        let client: HTTPClient
        /// The key for statements to authorization servers as it is now.
        let signer: Latest<AssertionSigner>
        let notes: TrustNotes
        let logger: Logger
    }
}

/// The policy in force and the one before it, for requests that began under that.
final class Regimes: Sendable {
    private struct State {
        var current: Regime
        var earlier: Regime?
    }

    private let state: Mutex<State>

    init(_ first: Regime) {
        state = Mutex(State(current: first))
    }

    var current: Regime { state.withLock { $0.current } }

    func install(_ regime: Regime) {
        state.withLock { $0 = State(current: regime, earlier: $0.current) }
    }

    /// Asks the authorization server that the request means. Where its policy is long gone, nobody knows which one that
    /// is, and nobody is asked.
    func credential(for request: CredentialRequest) async -> Result<Credential, CredentialFault> {
        let regime = state.withLock { state in
            [state.current, state.earlier].compactMap { $0 }.first { $0.policy.digest == request.policyDigest }
        }
        guard let regime else { return .failure(.unavailable(retryAfterSeconds: 1)) }
        return await regime.desk.credential(for: request)
    }
}
