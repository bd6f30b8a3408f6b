import Admission
import Crypto
import Delegation
import HTTPCodec
import Identity
import JOSE
import OAuthClients
import Policy
import StrictCoding
import TestSupport
import Testing

/// `TokenDesk` with an authorization server of closures, virtual time and a record of everything that it did.
final class TokenWorld: Sendable {
    struct Sent: Sendable, Equatable {
        let url: String
        let fields: [String]
        let body: String

        /// Values as they were sent, by name.
        var parameters: [String: String] {
            let pairs = body.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0.count > 1 ? $0[1] : "") })
        }
    }

    static let issuerURL = "http://127.0.0.1:9000"
    static let tokenURL = "http://127.0.0.1:9000/token"
    static let introspectionURL = "http://127.0.0.1:9000/introspect"
    static let secret = SecretReference(source: .environment, name: "SECRET")
    static let key = SecretReference(source: .file, name: "client.pem")
    static let transaction: ByteString = "01KAKQ3Z7KA1B2C3D4E5F6G7H8"
    static let canary = "canary-7f3a"

    let web = ScriptedWeb()
    let server: TestIssuer
    let clientKey: SigningKey
    let signer: AssertionSigner
    let desk: TokenDesk
    let seal = SecretBytes([UInt8](repeating: 9, count: 32))
    private let milliseconds = Shared<Int64>(TestPolicy.now * 1_000)
    private let answers = Shared<[String: PostOutcome]>([:])
    private let posts = Shared<[Sent]>([])
    private let reports = Shared<[TokenDeskReport]>([])
    private let keys: Shared<KeySet?>
    private let newerKeys: Shared<KeySet?>
    private let asked = Shared<[Bool]>([])
    private let isImpatient = Shared(false)

    /// - Parameters:
    ///   - clients: all at the one issuer.
    ///   - issuer: further lines of the issuer in the policy.
    init(_ clients: [ClientRegistration] = [client()], issuer lines: String = "") throws {
        server = try TestIssuer(Self.issuerURL, keyID: "k1")
        clientKey = try SigningKey.generate()
        signer = AssertionSigner(
            issuer: "https://gw.example/assertion", key: try SigningKey.generate(), keyID: "kid-a")
        keys = Shared(try KeySet(parsing: server.keySet))
        newerKeys = Shared(nil)
        let random = Shared<UInt8>(0)
        let (web, milliseconds, answers, posts) = (web, milliseconds, answers, posts)
        let (reports, keys, newerKeys, asked, signer) = (reports, keys, newerKeys, asked, signer)
        let isImpatient = isImpatient
        desk = TokenDesk(
            issuers: [try Self.issuer(lines)], clients: clients, seconds: 10,
            secrets: PolicySecrets(
                secrets: [Self.secret: SecretBytes(Array("client-\(Self.canary)".utf8))], keys: [Self.key: clientKey]),
            tokenSeal: seal,
            effects: TokenDeskEffects(
                fetch: { _, url, _ in await web.fetch(url) },
                post: { _, url, fields, body, mostBytes, seconds in
                    precondition(mostBytes == EndpointAnswer.mostBytes && seconds == 10)
                    let text = body.withBytes { String(decoding: $0, as: UTF8.self) }
                    posts.change { $0.append(Sent(url: url.text.string, fields: fields.lines, body: text)) }
                    _ = await web.fetch(url)
                    return answers.value[url.text.string] ?? .failed("connect_failed")
                },
                keys: { _, renewed in
                    asked.change { $0.append(renewed) }
                    return (renewed ? newerKeys.value : nil) ?? keys.value
                },
                signer: { signer }, milliseconds: { milliseconds.value },
                random: { count in
                    let byte = random.change { $0 += 1 }
                    return [UInt8](repeating: byte, count: count)
                },
                jitter: { 1 },
                sleep: { _ in
                    if !isImpatient.value { try? await Task.sleep(for: .seconds(3_600)) }
                },
                report: { report in reports.change { $0.append(report) } }))
    }

    // MARK: - The stage

    static func client(
        _ name: ByteString = "gw", authentication: ClientRegistration.Authentication = .secretPost(secret),
        tokenEndpoint: String? = tokenURL, introspectionEndpoint: String? = nil
    ) -> ClientRegistration {
        ClientRegistration(
            name: name, issuer: 0, clientID: "gateway", authentication: authentication,
            tokenEndpoint: tokenEndpoint.flatMap { try? HTTPURL(parsing: ByteString($0)) },
            introspectionEndpoint: introspectionEndpoint.flatMap { try? HTTPURL(parsing: ByteString($0)) })
    }

    func exchange(
        client: Int = 0, verification: TokenExchange.Verification = .token,
        subject: TokenExchange.Subject = .originalToken, actor: TokenExchange.Actor = .none,
        transaction: ByteString = transaction, sealedFor: ByteString? = transaction
    ) -> CredentialRequest {
        let token = SecretBytes(Array("subject-\(Self.canary)".utf8))
        let grant = ExchangeGrant(
            settings: TokenExchange(
                client: client, audience: "orders-api", scopes: ["orders:read"], subject: subject, actor: actor,
                verification: verification),
            mode: .onBehalfOf, scopes: ["orders:read"],
            principal: Principal(
                issuer: ByteString(Self.issuerURL), tenant: "acme", subject: "alice", kind: .user, clientID: "webapp",
                agentID: "agent_456"),
            actors: ActorChain([ActorChain.Actor(subject: "agent_456", issuer: "https://gw.example")]),
            subjectToken: sealedFor.map { SealedToken(token, transaction: $0, key: seal) }, transaction: transaction)
        return CredentialRequest(
            key: CredentialKey(["x"]), grant: .exchange(grant), tenant: "acme", notAfter: now + 3_600)
    }

    func own(client: Int = 0) -> CredentialRequest {
        CredentialRequest(
            key: CredentialKey(["own"]),
            grant: .clientCredentials(ClientCredentials(client: client, scopes: ["geo:read"])), tenant: nil,
            notAfter: nil)
    }

    /// A good token for the exchange.
    func token(_ change: (Claims) -> Claims = { $0 }, by signer: TestIssuer? = nil) throws -> String {
        let claims = change(
            Claims([
                ("iss", .string(Self.issuerURL)), ("aud", "orders-api"), ("sub", "alice"), ("client_id", "gateway"),
                ("scope", "orders:read"), ("iat", .integer(now.seconds)), ("exp", .integer(now.seconds + 600)),
            ]))
        return String(decoding: try (signer ?? server).token(claims), as: UTF8.self)
    }

    func grants(_ token: String, type: String = "Bearer", at url: String = tokenURL) {
        answers(
            .body(
                #"{"access_token":"\#(token)","token_type":"\#(type)","expires_in":300,"#
                    + #""issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}"#), at: url)
    }

    enum Reply {
        case body(String, status: Int = 200, type: String = "application/json", retryAfter: String? = nil)
        case outcome(PostOutcome)
    }

    func answers(_ reply: Reply, at url: String = tokenURL) {
        let outcome: PostOutcome =
            switch reply {
            case .outcome(let outcome): outcome
            case .body(let text, let status, let type, let retryAfter):
                .answer(
                    EndpointAnswer(
                        status: status, contentType: Array(type.utf8), retryAfter: retryAfter.map { Array($0.utf8) },
                        body: SecretBytes(Array(text.utf8))))
            }
        answers.change { $0[url] = outcome }
    }

    func metadata(_ members: String, issuer: String = issuerURL) {
        web.put(
            "\(Self.issuerURL)/.well-known/oauth-authorization-server", #"{"issuer":"\#(issuer)"\#(members)}"#)
    }

    func publish(newer issuer: TestIssuer) throws {
        newerKeys.value = try KeySet(parsing: issuer.keySet)
    }

    /// From now on nobody waits for anything.
    func loseAllPatience() { isImpatient.value = true }

    func advance(_ amount: Int64) { milliseconds.change { $0 += amount } }

    var now: UnixTime { UnixTime(seconds: milliseconds.value / 1_000) }

    // MARK: - What happened

    var sent: [Sent] { posts.value }
    var reported: [TokenDeskReport] { reports.value }
    /// For each time that keys were asked for, whether new ones.
    var keyQuestions: [Bool] { asked.value }
    /// What was fetched, apart from what was posted to.
    var fetched: [String] { web.asked.filter { $0.contains("/.well-known/") } }

    func outcome(_ request: CredentialRequest) async -> Result<String, CredentialFault> {
        await desk.credential(for: request).map { credential in
            credential.token.withBytes { String(decoding: $0, as: UTF8.self) }
        }
    }

    private static func issuer(_ lines: String) throws -> Issuer {
        let text = """
            version: 1
            gateway: {public_url: "http://127.0.0.1:8080"}
            issuers:
              as: {issuer: "\(issuerURL)", tenant: acme\(lines)}
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
}
