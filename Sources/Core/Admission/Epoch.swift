package import Crypto
import HTTPCodec
import Identity
package import JOSE
package import Policy
package import StrictCoding

/// Everything that a request keeps from its first byte to its last: the policy, its routes, the keys it signs and seals
/// with.
///
/// Immutable. A reload or a rotation makes a new one; requests under way finish with the one they began with.
package final class Epoch: Sendable {
    package let policy: PolicySet
    package let routes: RouteTable
    package let verifier: TokenVerifier
    package let signers: Signers
    /// Verify the envelopes that servers present at egress, those of keys that were retired lately among them.
    package let envelopeKeys: KeySet
    package let sessions: SessionSeal
    package let secrets: DerivedSecrets
    /// Those to which the policy refers.
    package let policySecrets: PolicySecrets
    /// For each server, the audiences that a token for it may name.
    private let audiences: [[[ByteString]]]
    private let publicAuthority: Authority
    /// `nil` where the key's name cannot stand in an envelope.
    let envelopeSigner: EnvelopeSigner?

    package init(
        policy: PolicySet, signers: Signers, secrets: DerivedSecrets, policySecrets: PolicySecrets = .none
    ) {
        self.policy = policy
        self.signers = signers
        self.secrets = secrets
        self.policySecrets = policySecrets
        do {
            envelopeKeys = try KeySet(parsing: signers.envelope.keySet)
        } catch {
            preconditionFailure("a ring publishes a key set")
        }
        envelopeSigner = try? EnvelopeSigner(key: signers.envelope.key, kid: signers.envelope.keyID)
        routes = RouteTable(policy)
        verifier = TokenVerifier(policy)
        sessions = SessionSeal(key: secrets.sessionSeal)
        do {
            publicAuthority = try Authority(parsing: policy.publicURL.authority.bytes)
        } catch {
            preconditionFailure("a checked public_url has a valid authority")
        }
        audiences = policy.servers.map { server in
            policy.issuers.map { $0.audiences ?? [server.resourceURL] }
        }
    }

    package func audiences(server: Int, issuer: Int) -> [ByteString] {
        audiences[server][issuer]
    }

    /// Whether a `Host` names the public URL's host and port. Anything else may be a page that was rebound to this
    /// address.
    func isNamed(by host: Authority) -> Bool {
        publicAuthority.matches(host, defaultPort: policy.publicURL.scheme.defaultPort)
    }
}

/// A key of the gateway's own with the key set in which it is published.
package struct Signer: Sendable {
    package let key: SigningKey
    package let keyID: ByteString
    /// The JWKS document as it is served.
    package let keySet: [UInt8]

    package init(key: SigningKey, keyID: ByteString, keySet: [UInt8]) {
        self.key = key
        self.keyID = keyID
        self.keySet = keySet
    }
}

/// One key for each kind of statement, so that none can ever be taken for another.
package struct Signers: Sendable {
    package let envelope: Signer
    /// Access tokens for services that trust the gateway itself.
    package let reissue: Signer
    /// Statements about a user, or an agent, for one authorization server.
    package let assertion: Signer

    package init(envelope: Signer, reissue: Signer, assertion: Signer) {
        self.envelope = envelope
        self.reissue = reissue
        self.assertion = assertion
    }
}

/// The gateway's symmetric secrets, each for one purpose.
package struct DerivedSecrets: Sendable {
    /// Seals `Mcp-Session-Id` values.
    package let sessionSeal: SecretBytes
    /// Makes session ids for tokens that name no session.
    package let sessionName: SecretBytes
    /// Makes pseudonyms for audit headers toward external parties.
    package let pseudonym: SecretBytes
    /// Seals access tokens while their transactions last.
    package let tokenSeal: SecretBytes

    /// - Parameters:
    ///   - root: the root secret of the key directory, from which all others are derived.
    ///   - tokenSeal: 32 random bytes that exist in this process only, so that what is sealed with them cannot be
    ///     opened by anybody later.
    package init(root: SecretBytes, tokenSeal: SecretBytes) {
        precondition(tokenSeal.count == AESGCM.keyBytes, "a sealing key has \(AESGCM.keyBytes) bytes")
        self.tokenSeal = tokenSeal
        sessionSeal = HMACSHA256.derive("bulla session seal v1", from: root)
        sessionName = HMACSHA256.derive("bulla session name v1", from: root)
        pseudonym = HMACSHA256.derive("bulla pseudonym v1", from: root)
    }
}
