package import Crypto
package import Identity
import JOSE
package import Policy
package import StrictCoding

/// How the gateway shows in one request that it is a client of the authorization server.
package enum ClientProof: Sendable {
    case basic(SecretBytes)
    case post(SecretBytes)
    /// A compact JWS (RFC 7523, section 2.2).
    case assertion(SecretBytes)

    /// - Parameters:
    ///   - issuer: the authorization server.
    ///   - tokenID: of the client assertion, where there is one; never used before.
    package init(
        _ client: ClientRegistration, secrets: PolicySecrets, issuer: ByteString, tokenID: ByteString, now: UnixTime
    ) throws(CryptoError) {
        switch client.authentication {
        case .secretBasic(let reference): self = .basic(secrets.secret(reference))
        case .secretPost(let reference): self = .post(secrets.secret(reference))
        case .privateKeyJWT(let reference):
            let assertion = ClientAssertion(
                clientID: client.clientID, audience: client.assertionAudience ?? issuer, tokenID: tokenID, issued: now)
            self = .assertion(try assertion.signed(with: secrets.key(reference)))
        }
    }
}

/// A client assertion (RFC 7523, section 3, as RFC 7523bis sharpens it): the audience is one string, the authorization
/// server's issuer identifier, so that no server can use what it gets at another one.
package struct ClientAssertion: Sendable {
    package static let lifetimeSeconds: Int64 = 60

    package let clientID: ByteString
    package let audience: ByteString
    package let tokenID: ByteString
    package let issued: UnixTime

    package init(clientID: ByteString, audience: ByteString, tokenID: ByteString, issued: UnixTime) {
        self.clientID = clientID
        self.audience = audience
        self.tokenID = tokenID
        self.issued = issued
    }

    /// The compact JWS; the key is named by its thumbprint (RFC 7638), which the operator registers with it.
    package func signed(with key: SigningKey) throws(CryptoError) -> SecretBytes {
        try SignedStatement.sign(type: "client-authentication+jwt", key: key, keyID: key.thumbprint) { claims in
            claims.member("iss", clientID)
            claims.member("sub", clientID)
            claims.member("aud", audience)
            claims.lifetime(from: issued, to: issued + Self.lifetimeSeconds)
            claims.member("jti", tokenID)
        }
    }
}
