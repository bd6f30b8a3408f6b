internal import Crypto
internal import JOSE
package import StrictCoding

/// Everybody whom the demo's identity provider knows when it starts.
package enum DemoDirectory {
    package struct User: Sendable {
        package let id: ByteString
        package let password: ByteString
        package let name: String
        package let scopes: [ByteString]
    }

    package static let tenant: ByteString = "acme"
    package static let scopes: [ByteString] = ["orders:read", "orders:write", "balance:read", "profile:read"]
    /// The `client_id` of the gateway, which calls the downstream APIs.
    package static let gatewayID: ByteString = "bulla-gateway"

    package static let users = [
        User(id: "alice", password: "alice-demo", name: "Alice Archer", scopes: scopes),
        User(
            id: "bob", password: "bob-demo", name: "Bob Baker", scopes: ["orders:read", "balance:read", "profile:read"]),
    ]

    package static func user(_ id: ByteString) -> User? {
        users.first { $0.id == id }
    }

    static let clients = [
        OAuthClient(
            id: "demo-cli", name: "Demo command line", kind: .open,
            grants: [.authorizationCode, .refreshToken],
            redirectURIs: [RedirectURI("http://127.0.0.1/callback")!], scopes: []),
        OAuthClient(
            id: "demo-agent", name: "Demo agent",
            kind: .confidential(secretDigest: SHA256.digest(Array("demo-agent-secret".utf8))),
            grants: [.clientCredentials, .tokenExchange],
            redirectURIs: [], scopes: ["orders:read", "balance:read"]),
    ]

    /// The gateway: it may read balances in its own name, and swap users' tokens.
    static func gateway(keys: KeySet) -> OAuthClient {
        OAuthClient(
            id: gatewayID, name: "Bulla", kind: .keyed(keys), grants: [.clientCredentials, .tokenExchange],
            redirectURIs: [], scopes: ["balance:read"])
    }
}
