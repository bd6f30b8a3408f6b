import StrictCoding
import Testing

@testable import Policy

/// What a policy with clients, services and launched servers becomes once it is read.
@Suite struct ServicePolicyTests {
    @Test func ordersShowsTheThreeModes() throws {
        let policy = try example("orders.yaml")
        let key = SecretReference(source: .file, name: "bulla-client.pem")
        #expect(policy.listen.egress.text == "127.0.0.1:9080")
        #expect(
            policy.clients == [
                ClientRegistration(
                    name: "bulla", issuer: 0, clientID: "bulla-gateway", authentication: .privateKeyJWT(key))
            ])
        #expect(policy.services.map(\.name) == ["orders_api", "billing_api", "geocoder"])
        #expect(policy.services.map(\.mode) == [.onBehalfOf, .restrictedUser, .serviceIdentity])
        #expect(
            policy.services.map(\.credential) == [
                .exchange(
                    TokenExchange(
                        client: 0, audience: "orders-api", scopes: ["orders:read", "orders:write"], actor: .client)),
                .exchange(
                    TokenExchange(client: 0, resource: "https://billing.acme.example/v2", scopes: ["balance:read"])),
                .clientCredentials(ClientCredentials(client: 0, scopes: ["geo:read"], audience: "geocoder")),
            ])
        #expect(policy.services.map(\.identity) == [.envelope, .headers, .headers])
        #expect(policy.services.map(\.isInternal) == [true, true, false])
        #expect(policy.services[0].allow.count == 2)

        let server = try #require(policy.servers.first)
        #expect(server.delegation.allowed == ["billing_api", "geocoder", "orders_api"])
        #expect(server.services == [1, 2, 0])
        #expect(server.needsOriginalToken)
        #expect(policy.keyReferences == [key])
        #expect(policy.secretReferences == [])
    }

    @Test func launchedShowsAServerThatTheGatewayRuns() throws {
        let policy = try example("launched.yaml")
        let password = SecretReference(source: .file, name: "secrets/notes-database")
        #expect(
            policy.servers.map(\.endpoint) == [
                .launch(
                    LaunchSettings(
                        command: ["python3", "-m", "notes_server"], portVariable: "PORT",
                        environment: [
                            ("NOTES_API_URL", .text("${egress}/notes_api")), ("LOG_LEVEL", .text("warning")),
                            ("DATABASE_PASSWORD", .secret(password)),
                        ],
                        path: "/mcp", instances: 8, idleSeconds: 900, startSeconds: 20))
            ])
        #expect(policy.servers.map(\.presenter) == [.generated])
        #expect(
            policy.secretReferences == [
                SecretReference(source: .environment, name: "BULLA_CLIENT_SECRET"), password,
            ])
    }

    @Test func defaultsOfServicesAreThoseOfTheReference() throws {
        let policy = try compiled(
            """
              s: {path: /s, launch: {command: [s], port_env: PORT, env: {A: "${egress}"}}, issuers: [corp], scopes: [a], services: [behalf], tools: {"*": {require: []}}}
              t: {path: /t, upstream: "http://127.0.0.1:3000", issuers: [corp], scopes: [a], services: [local], tools: {"*": {require: []}}}
            services:
              behalf: {url: "http://127.0.0.1:4000", mode: obo, exchange: {client: bulla, audience: x, scopes: [a], subject: assertion}, allow: [{methods: [GET], paths: [/], require: []}]}
              local: {url: "http://127.0.0.1:4000", mode: user, reissue: {audience: x, scopes: [a], reason: why not}, allow: [{methods: [GET], paths: [/], require: []}]}
            """)
        #expect(policy.servers.map(\.needsOriginalToken) == [false, false])
        guard case .launch(let launch) = policy.servers[0].endpoint else {
            Issue.record("a server with `launch` is launched")
            return
        }
        #expect(
            launch
                == LaunchSettings(
                    command: ["s"], portVariable: "PORT", environment: [("A", .text("${egress}"))], path: "/mcp",
                    instances: 16, idleSeconds: 600, startSeconds: 30))
        let behalf = policy.services[0]
        #expect(behalf.identity == .headers)
        #expect(!behalf.isInternal)
        #expect(!behalf.allowPrivate)
        #expect(
            behalf.credential
                == .exchange(
                    TokenExchange(
                        client: 0, flavor: .rfc8693, audience: "x", resource: nil, scopes: ["a"], subject: .assertion,
                        actor: .none, requireAct: false, verification: .token)))
        #expect(
            policy.services[1].credential
                == .reissue(Reissue(audience: "x", scopes: ["a"], lifetimeSeconds: 120, reason: "why not")))
    }

    @Test func everySecretIsMentionedOnceAndWithItsFirstPlace() throws {
        let policy = try compiled(
            """
              s: {path: /s, upstream: "http://127.0.0.1:3000", issuers: [corp], scopes: [a], services: [one, two], presenter: {path_secret: "file:p"}, tools: {"*": {require: []}}}
              t: {path: /t, launch: {command: [t], port_env: PORT, env: {A: "env:SHARED", B: "env:B"}}, issuers: [corp], scopes: [a], tools: {"*": {require: []}}}
            services:
              one: {url: "http://127.0.0.1:4000", mode: service, credential: {bearer: "env:SHARED"}, allow: [{methods: [GET], paths: [/], require: [a]}]}
              two:
                url: http://127.0.0.1:4000
                mode: service
                credential:
                  header: X-Key
                  value: file:k
                allow: [{methods: [GET], paths: [/], require: [a]}]
            """)
        #expect(policy.secretReferences.map(\.text) == ["env:S", "env:SHARED", "file:k", "file:p", "env:B"])
        #expect(policy.keyReferences.map(\.text) == ["file:key.pem"])
        #expect(policy.secretMentions.count == 8)
        let places = policy.secretPlaces
        #expect(places.count == 6)
        #expect(places[SecretReference(source: .file, name: "k")] == Place(line: 19, column: 14))
        #expect(places[SecretReference(source: .environment, name: "SHARED")]?.line == 13)
        #expect(places[SecretReference(source: .file, name: "key.pem")]?.line == 8)
        let diagnostic = Diagnostic(unreadable: policy.secretMentions[4], file: "p", message: "`file:k` cannot be read")
        #expect(diagnostic.rendered == "p:19:14: error: `file:k` cannot be read")
        #expect(policy.servers[0].presenter == .given(SecretReference(source: .file, name: "p")))
    }

    @Test(arguments: ["X-Api-Key", "apikey", "Ocp-Apim-Subscription-Key", "PRIVATE-TOKEN", "X_Api.Key", "X-Auth-Token"])
    func usualFieldsMayCarryACredential(name: String) {
        #expect(CredentialHeader.fault(in: ByteString(name), envelope: "Txn-Token") == nil)
    }

    @Test(arguments: [
        "Authorization", "AUTHORIZATION", "Proxy-Authorization", "Cookie", "Cookie2", "Host", "Connection",
        "Keep-Alive",
        "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Content-Type", "Expect", "Via", "Forwarded",
        "X-Forwarded-For", "X-Actor-Sub", "x_actor_tenant", "X.Agent.Id", "X-Delegation-Mode", "X-Trace-Id",
        "Txn-Token",
        "Txn_Token", "X-Eie-Anything", "Eie-Anything", "Workload-Identity-Token", "Remote-User", "X-Remote-User",
        "X-User-Id", "X-Auth-Request-User", "X-Goog-Iap-Jwt-Assertion", "Cf-Access-Jwt-Assertion",
        "X-Ms-Client-Principal-Id", "Client-Cert", "X-Original-Url", "X-Http-Method-Override", "DPoP", "baggage",
        "Mcp-Session-Id", "X-Envelope", "x_envelope", "-Key", "", "a b", "é",
    ])
    func noFieldWithAnotherMeaningCarriesACredential(name: String) {
        #expect(CredentialHeader.fault(in: ByteString(name), envelope: "X-Envelope") != nil)
    }

    // MARK: - Policies

    private func example(_ name: String) throws -> PolicySet {
        try #require(PolicyCompiler.compile(PolicySource(name: name, bytes: try TestFiles.policy(name))).policy)
    }

    /// - Parameter rest: what follows `servers:`.
    private func compiled(_ rest: String) throws -> PolicySet {
        let text = """
            version: 1
            gateway: {public_url: "http://127.0.0.1:8080"}
            issuers:
              corp: {issuer: "http://127.0.0.1:9000", tenant: acme}
            clients:
              bulla: {issuer: corp, client_id: a, auth: client_secret_basic, secret: "env:S"}
              again: {issuer: corp, client_id: b, auth: client_secret_post, secret: "env:S"}
              keyed: {issuer: corp, client_id: c, auth: private_key_jwt, key: "file:key.pem"}
            servers:
            \(rest)
            """
        let compilation = PolicyCompiler.compile(PolicySource(name: "p", bytes: Array(text.utf8)))
        return try #require(compilation.policy, "\(compilation.diagnostics.map(\.rendered))")
    }
}
