import Foundation
import StrictCoding
import Testing

/// What anybody may ask for without a token (requirements ).
@Suite(.timeLimit(.minutes(2))) struct PublicDocumentTests {
    private let metadata = "/.well-known/oauth-protected-resource/mcp/orders"

    @Test func metadataIsServedWhileIssuerAndServerAreAway() async throws {
        try await withGateway(issuerIsUp: false, serverIsUp: false) { world, gateway in
            let client = try await gateway.connect()
            let answer = try await client.ask("GET", metadata, fields: [("MCP-Protocol-Version", "2025-11-25")])
            #expect(answer.status == 200)
            #expect(answer.value("content-type") == "application/json")
            #expect(answer.value("access-control-allow-origin") == "*")
            #expect(answer.value("cache-control") == "public, max-age=300")
            #expect(
                answer.text == """
                    {"resource":"\(world.resource)","authorization_servers":["\(world.issuer.site.url)"],\
                    "scopes_supported":["orders:read","orders:write"],"bearer_methods_supported":["header"],\
                    "resource_name":"orders-mcp"}
                    """)
            let head = try await client.ask("HEAD", metadata)
            #expect(head.status == 200)
            #expect(head.value("content-length") == "\(answer.body.count)")
            let preflight = try await client.ask(
                "OPTIONS", metadata,
                fields: [
                    ("Origin", "https://inspector.example"), ("Access-Control-Request-Method", "GET"),
                    ("Access-Control-Request-Headers", "mcp-protocol-version"),
                ])
            #expect(preflight.status == 204)
            #expect(preflight.value("access-control-allow-headers")?.contains("mcp-protocol-version") == true)
            #expect(try await client.ask("POST", metadata, body: "{}").status == 405)
        }
    }

    @Test func theChallengeLeadsToTheMetadata() async throws {
        try await withGateway { _, gateway in
            let client = try await gateway.connect()
            let challenge = try #require(try await client.call(token: nil).value("www-authenticate"))
            #expect(challenge.hasPrefix("Bearer resource_metadata=\"\(World.origin)\(metadata)\""), "\(challenge)")
        }
    }

    @Test func theJWKSHasPublicMembersOnlyAndVerifiesEnvelopes() async throws {
        try await withGateway { world, gateway in
            let client = try await gateway.connect()
            let answer = try await client.ask("GET", "/.well-known/jwks.json")
            #expect(answer.status == 200)
            #expect(answer.value("cache-control") == "public, max-age=300")
            let keys = try #require(try answer.json()["keys"]?.elements)
            #expect(keys.map { $0.members?.map(\.name.string) } == [["kty", "crv", "x", "y", "kid", "alg", "use"]])
            #expect(try await client.call(token: try world.token()).status == 200)
            let envelope = try #require(world.server.requests.first?.value("txn-token"))
            let verified = try Envelopes.verify(envelope, jwks: answer.body)
            #expect(verified.principal.subject == "alice")
        }
    }

    @Test(arguments: [
        ("GET", "/.well-known/oauth-authorization-server"), ("GET", "/.well-known/openid-configuration"),
        ("GET", "/.well-known/oauth-authorization-server/mcp/orders"), ("POST", "/register"), ("GET", "/authorize"),
        ("POST", "/token"), ("GET", "/.well-known/oauth-protected-resource"), ("GET", "/"),
        ("GET", "/mcp/orders/.well-known/oauth-protected-resource"),
        // The operators' paths.
        ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"), ("POST", "/admin"),
    ])
    func otherPathsOfTheClientsListenerAreNotThere(method: String, path: String) async throws {
        try await withGateway(issuerIsUp: false) { world, gateway in
            let client = try await gateway.connect()
            let answer = try await client.ask(method, path, body: method == "POST" ? "{}" : nil)
            // Below a server's path a challenge comes first, so that nobody learns what is there.
            #expect(answer.status == (path.hasPrefix("/mcp/orders/") ? 401 : 404))
            #expect(answer.value("content-type") == "application/problem+json")
            #expect(world.server.requests.isEmpty)
        }
    }

    @Test(arguments: [
        "/mcp/orders", "/.well-known/jwks.json", "/.well-known/oauth-protected-resource/mcp/orders", "/", "/keys",
    ])
    func theOperatorsListenerKnowsNothingOfClients(path: String) async throws {
        try await withGateway { world, gateway in
            let admin = try await gateway.connectAsOperator()
            #expect(try await admin.ask("GET", path).status == 404)
            let token = try world.token()
            let post = try await admin.ask("POST", path, fields: [("Authorization", "Bearer \(token)")])
            #expect(post.status == 405)
            #expect(world.server.requests.isEmpty)
        }
    }

    @Test(arguments: [("https://app.acme.example", 204), ("https://evil.example", 403), ("null", 403)])
    func aBrowserMayAskBeforehandFromAnOriginOfThePolicy(origin: String, status: Int) async throws {
        try await withGateway(issuerIsUp: false) { world, gateway in
            let client = try await gateway.connect()
            let answer = try await client.ask(
                "OPTIONS", "/mcp/orders",
                fields: [
                    ("Origin", origin), ("Access-Control-Request-Method", "POST"),
                    ("Access-Control-Request-Headers", "authorization, mcp-param-region, x-other"),
                ])
            #expect(answer.status == status)
            guard status == 204 else {
                #expect(answer.value("access-control-allow-origin") == nil)
                return
            }
            #expect(answer.value("access-control-allow-origin") == origin)
            let allowed = answer.value("access-control-allow-headers")?.components(separatedBy: ", ") ?? []
            for name in ["authorization", "mcp-session-id", "last-event-id", "mcp-param-region", "traceparent"] {
                #expect(allowed.contains(name))
            }
            #expect(!allowed.contains("x-other"))
        }
    }
}
