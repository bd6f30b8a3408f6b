import Admission
import Crypto
import Identity
import JOSE
import Policy
import StrictCoding

/// What the targets stand in: a gateway with a policy, an identity provider, Alice with her token, and a stranger who
/// has keys of his own. Made once; nothing in it changes.
struct World: Sendable {
    static let shared: World = {
        do { return try World() } catch { fatalError("the world of the targets cannot be made: \(error)") }
    }()

    static let now = UnixTime(seconds: 1_795_478_400)
    static let issuer: ByteString = "https://idp.example"
    static let origin: ByteString = "https://gw.example"
    static let audience: ByteString = "https://gw.example/.eie/orders"
    static let resource: ByteString = "https://gw.example/mcp/orders"
    static let fresh = FreshIdentifiers(
        milliseconds: now.seconds * 1_000, random: [UInt8](repeating: 6, count: FreshIdentifiers.randomBytes))

    let epoch: Epoch
    /// Signs Alice's tokens, under the name `k1`.
    let provider: SigningKey
    let providerKeys: KeySet
    /// Signs under the same name, and under that of the gateway's own key.
    let stranger: SigningKey
    let alice: AccessToken

    private init() throws {
        let compilation = PolicyCompiler.compile(PolicySource(name: "fuzz.yaml", bytes: Array(Self.policy.utf8)))
        guard let policy = compilation.policy else {
            throw BrokenPromise(compilation.diagnostics.map(\.rendered).joined(separator: "\n"))
        }
        provider = try SigningKey.generate()
        stranger = try SigningKey.generate()
        providerKeys = KeySet([try JSONWebKey(provider, kid: "k1")])
        epoch = try Self.epoch(policy)
        let token = try Self.sign(Array(Self.claims.utf8), with: provider)
        let standings = IssuerStandings(issuers: [
            IssuerStanding(keys: providerKeys, document: [], fetched: Self.now)
        ])
        guard case .accepted(let alice) = epoch.verifier.find(token, trusted: [0], standings: standings, now: Self.now)
        else { throw BrokenPromise("Alice's token is not accepted") }
        self.alice = alice
    }

    /// The keys of the identity provider, as they were just fetched.
    var standings: IssuerStandings {
        IssuerStandings(issuers: [IssuerStanding(keys: providerKeys, document: [], fetched: Self.now)])
    }

    /// A gateway with these rules, and keys of its own.
    static func epoch(_ policy: PolicySet) throws -> Epoch {
        let signer = { () throws -> Signer in
            let ring = try KeyRing(first: SigningKey.generate(), now: now)
            return Signer(
                key: ring.keys[0].signing, keyID: ring.keys[0].keyID, keySet: ring.jwksDocument(now: now))
        }
        let secrets = DerivedSecrets(
            root: SecretBytes([UInt8](repeating: 7, count: 32)),
            tokenSeal: SecretBytes([UInt8](repeating: 8, count: 32)))
        return Epoch(
            policy: policy, signers: Signers(envelope: try signer(), reissue: try signer(), assertion: try signer()),
            secrets: secrets)
    }

    /// A compact JWS; `header` is that of an access token unless given.
    static func sign(_ payload: [UInt8], with key: SigningKey, header: [UInt8]? = nil) throws(CryptoError) -> [UInt8] {
        let usual = Array(#"{"alg":"ES256","kid":"k1","typ":"at+jwt"}"#.utf8)
        return try JWSSigning.compact(header: header ?? usual, payload: payload, key: key)
    }

    /// Alice's token in good order.
    static let claims = """
        {"iss":"\(issuer)","aud":"\(resource)","sub":"alice","client_id":"webapp","scope":"orders:read orders:write",\
        "iat":\(now.seconds - 5),"exp":\(now.seconds + 3_600),"jti":"t-1"}
        """

    private static let policy = """
        version: 1
        gateway: {public_url: "\(origin)", tls: terminated_upstream}
        issuers:
          corp: {issuer: "\(issuer)", tenant: acme}
        agents:
          webapp: {id: agent_456, issuer: corp, client_id: webapp}
        clients:
          gateway: {issuer: corp, client_id: bulla, auth: client_secret_basic, secret: "env:BULLA_SECRET"}
        servers:
          orders:
            path: /mcp/orders
            upstream: http://127.0.0.1:3001/mcp
            upstream_auth: handle
            issuers: [corp]
            scopes: [orders:read, orders:write]
            services: [orders_api]
            tools:
              "*": {require: [orders:read]}
        services:
          orders_api:
            url: http://127.0.0.1:9101/v1
            mode: on_behalf_of
            exchange: {client: gateway, audience: orders-api, scopes: [orders:read, orders:write]}
            internal: true
            allow:
              - {methods: [GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS], paths: ["/**"], require: [orders:read]}
        """
}
