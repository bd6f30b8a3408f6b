package import Crypto
import HTTPCodec
import Identity
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
    package let envelopeKey: SigningKey
    package let envelopeKeyID: ByteString
    /// The JWKS document as it is served.
    package let keySet: [UInt8]
    package let sessions: SessionSeal
    package let secrets: DerivedSecrets
    /// For each server, the audiences that a token for it may name.
    private let audiences: [[[ByteString]]]
    private let publicAuthority: Authority

    package init(
        policy: PolicySet, envelopeKey: SigningKey, envelopeKeyID: ByteString, keySet: [UInt8], secrets: DerivedSecrets
    ) {
        self.policy = policy
        self.envelopeKey = envelopeKey
        self.envelopeKeyID = envelopeKeyID
        self.keySet = keySet
        self.secrets = secrets
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

/// The gateway's symmetric secrets, each derived from the root secret of the key directory for one purpose.
package struct DerivedSecrets: Sendable {
    /// Seals `Mcp-Session-Id` values.
    package let sessionSeal: SecretBytes
    /// Makes session ids for tokens that name no session.
    package let sessionName: SecretBytes
    /// Makes pseudonyms for audit headers toward external parties.
    package let pseudonym: SecretBytes

    package init(root: SecretBytes) {
        sessionSeal = HMACSHA256.derive("bulla session seal v1", from: root)
        sessionName = HMACSHA256.derive("bulla session name v1", from: root)
        pseudonym = HMACSHA256.derive("bulla pseudonym v1", from: root)
    }
}
