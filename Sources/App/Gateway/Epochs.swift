import Admission
import Crypto
import Delegation
import Identity
import Policy
import Stores
import StrictCoding

/// Makes what requests begin with, from the policy and from the keys as they are at a moment.
struct Epochs: Sendable {
    let policy: PolicySet
    let directory: KeyDirectory
    private let secrets: PolicySecrets
    private let derived: DerivedSecrets

    init(_ ready: PolicyLoad.Ready, directory: KeyDirectory) {
        // Once: what was sealed under one epoch is opened under the next.
        let derived = DerivedSecrets(root: directory.rootSecret, tokenSeal: SecretBytes.random(AESGCM.keyBytes))
        self.init(ready, directory, derived)
    }

    private init(_ ready: PolicyLoad.Ready, _ directory: KeyDirectory, _ derived: DerivedSecrets) {
        policy = ready.policy
        secrets = ready.secrets
        self.directory = directory
        self.derived = derived
    }

    /// The same keys under another policy.
    func under(_ ready: PolicyLoad.Ready) -> Epochs { Epochs(ready, directory, derived) }

    func epoch(now: UnixTime) -> Epoch {
        let signers = Signers(
            envelope: signer(.envelope, now), reissue: signer(.reissue, now), assertion: signer(.assertion, now))
        return Epoch(policy: policy, signers: signers, secrets: derived, policySecrets: secrets)
    }

    func assertionSigner(now: UnixTime) -> AssertionSigner {
        let key = directory.ring(.assertion).active(now: now)
        return AssertionSigner(issuer: SigningPurpose.assertion.issuer(policy), key: key.signing, keyID: key.keyID)
    }

    var tokenSeal: SecretBytes { derived.tokenSeal }

    /// The secrets of servers that run already and may call services.
    func presenterSecrets(now: UnixTime) throws(KeyDirectoryFailure) -> [ByteString: PresenterSecrets] {
        let servers = callingServers.filter { $0.presenter == .generated }.map(\.name)
        return servers.isEmpty ? [:] : try directory.presenterSecrets(for: servers, now: now)
    }

    /// The digests of those that the policy gives.
    var givenPresenters: [(server: ByteString, digest: [UInt8])] {
        callingServers.compactMap { server in
            guard case .given(let reference) = server.presenter else { return nil }
            return (server.name, secrets.secret(reference).withBytes { SHA256.digest(Array($0)) })
        }
    }

    private var callingServers: [Server] {
        policy.servers.filter { server in
            guard case .upstream = server.endpoint else { return false }
            return !server.services.isEmpty
        }
    }

    private func signer(_ purpose: KeyPurpose, _ now: UnixTime) -> Signer {
        let ring = directory.ring(purpose)
        let key = ring.active(now: now)
        return Signer(key: key.signing, keyID: key.keyID, keySet: ring.jwksDocument(now: now))
    }
}
