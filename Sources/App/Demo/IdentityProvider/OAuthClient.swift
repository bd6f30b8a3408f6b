internal import Crypto
internal import JOSE
internal import StrictCoding

/// An application known to the authorization server.
struct OAuthClient: Sendable {
    enum Grant: String, CaseIterable, Sendable {
        case authorizationCode = "authorization_code"
        case refreshToken = "refresh_token"
        case clientCredentials = "client_credentials"
        case tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    }

    enum Kind: Sendable {
        /// Proves itself with PKCE alone.
        case open
        case confidential(secretDigest: [UInt8])
        /// Proves itself by signing with one of these keys (`private_key_jwt`), and never with a secret.
        case keyed(KeySet)
    }

    let id: ByteString
    let name: String
    let kind: Kind
    let grants: Set<Grant>
    let redirectURIs: [RedirectURI]
    /// What the client may do in its own name.
    let scopes: [ByteString]

    func admits(_ redirectURI: RedirectURI) -> Bool {
        redirectURIs.contains { $0.admits(redirectURI) }
    }

    /// Whether this is the client's secret; a public client has none, so that none is right for it. Nothing is for a
    /// client that has a key.
    func accepts(secret: ByteString?) -> Bool {
        switch (kind, secret) {
        case (.open, nil): true
        case (.confidential(let digest), .some(let secret)): constantTimeEqual(SHA256.digest(secret.bytes), digest)
        case (.open, .some), (.confidential, nil), (.keyed, _): false
        }
    }
}
