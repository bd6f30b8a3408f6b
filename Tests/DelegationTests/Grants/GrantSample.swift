import Crypto
import Delegation
import Identity
import JOSE
import Policy
import StrictCoding
import TestSupport
import Testing

/// The parties of these tests: an authorization server, the gateway as its client, Alice and her agent.
enum GrantSample {
    static let now = UnixTime(seconds: TestPolicy.now)
    static let issuer: ByteString = "https://as.example"
    static let audience: ByteString = "orders-api"
    static let transaction: ByteString = "01KAKQ3Z7KA1B2C3D4E5F6G7H8"

    static let principal = Principal(
        issuer: issuer, tenant: "acme", subject: "alice", kind: .user, clientID: "webapp", agentID: "agent_456")
    static let agent = ActorChain.Actor(subject: "agent_456", issuer: "https://gw.example")
    static let planner = ActorChain.Actor(subject: "planner", issuer: "https://as.example")

    static func exchange(
        flavor: TokenExchange.Flavor = .rfc8693, audience: ByteString? = audience, resource: ByteString? = nil,
        scopes: [ByteString] = ["orders:read", "orders:write"], subject: TokenExchange.Subject = .originalToken,
        actor: TokenExchange.Actor = .none, requireAct: Bool = false,
        verification: TokenExchange.Verification = .token, mode: DelegationMode = .onBehalfOf,
        chain: [ActorChain.Actor] = [agent]
    ) -> ExchangeGrant {
        ExchangeGrant(
            settings: TokenExchange(
                client: 0, flavor: flavor, audience: audience, resource: resource, scopes: scopes, subject: subject,
                actor: actor, requireAct: requireAct, verification: verification),
            mode: mode, scopes: scopes, principal: principal, actors: ActorChain(chain), subjectToken: nil,
            transaction: transaction)
    }

    static func request(_ grant: ExchangeGrant, notAfter: UnixTime? = now + 3_600) -> CredentialRequest {
        CredentialRequest(
            key: CredentialKey(["test"]), grant: .exchange(grant), tenant: "acme", notAfter: notAfter)
    }

    /// For the gateway's own account.
    static func request(
        scopes: [ByteString] = ["geo:read"], audience: ByteString? = nil
    ) -> CredentialRequest {
        let settings = ClientCredentials(client: 0, scopes: scopes, audience: audience)
        return CredentialRequest(
            key: CredentialKey(["own"]), grant: .clientCredentials(settings), tenant: nil, notAfter: nil)
    }

    static func secret(_ text: String) -> SecretBytes { SecretBytes(Array(text.utf8)) }

    /// The authorization server as a policy describes it.
    static func policy(_ lines: String = "") throws -> Issuer {
        let text = """
            version: 1
            gateway: {public_url: "http://127.0.0.1:8080"}
            issuers:
              as: {issuer: "\(issuer)", tenant: acme, jwks_uri: "http://127.0.0.1:9000/jwks"\(lines)}
            servers:
              notes:
                path: /mcp
                upstream: http://127.0.0.1:3001/mcp
                issuers: [as]
                scopes: [notes:read]
                tools: {list: {require: [notes:read]}}
            """
        let compilation = PolicyCompiler.compile(PolicySource(name: "test.yaml", bytes: Array(text.utf8)))
        return try #require(compilation.policy, "\(compilation.diagnostics.map(\.rendered))").issuers[0]
    }

    static func answer(
        _ body: String, status: Int = 200, type: String? = "application/json", retryAfter: String? = nil
    ) -> EndpointAnswer {
        EndpointAnswer(
            status: status, contentType: type.map { Array($0.utf8) }, retryAfter: retryAfter.map { Array($0.utf8) },
            body: secret(body))
    }

    /// A token response of RFC 8693 whose members a test changes.
    static func granted(_ token: String = "opaque-token") -> Claims {
        Claims([
            ("access_token", .string(token)),
            ("issued_token_type", "urn:ietf:params:oauth:token-type:access_token"), ("token_type", "Bearer"),
            ("expires_in", 300), ("scope", "orders:read orders:write"),
        ])
    }

    static func answer(_ members: Claims) -> EndpointAnswer {
        answer(String(decoding: members.json, as: UTF8.self))
    }
}

/// The authorization server's keys and what it signs with them.
struct TokenServer {
    let issuer: TestIssuer
    let keys: KeySet

    init() throws {
        issuer = try TestIssuer(GrantSample.issuer.string, keyID: "k1")
        keys = try KeySet(parsing: issuer.keySet)
    }

    /// The claims of a token in good order for Alice at the orders API.
    var claims: Claims {
        Claims([
            ("iss", .string(GrantSample.issuer.string)), ("aud", .string(GrantSample.audience.string)),
            ("sub", "alice"),
            ("client_id", "gateway"), ("scope", "orders:read orders:write"), ("iat", .integer(TestPolicy.now)),
            ("exp", .integer(TestPolicy.now + 600)), ("jti", "t-1"),
            ("act", .object([("sub", "gateway")])),
        ])
    }

    func token(_ claims: Claims, header: JSONText? = nil) throws -> String {
        String(decoding: try issuer.token(claims, header: header), as: UTF8.self)
    }
}

extension SecretBytes {
    var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}

extension Credential {
    /// All of it, for whole comparisons.
    var summary: String {
        let scopes = scopes.map(\.string).joined(separator: " ")
        return "\(token.text) [\(scopes)] for \(audience?.string ?? "-") until +\(expires - GrantSample.now)"
    }
}
