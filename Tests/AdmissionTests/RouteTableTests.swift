import StrictCoding
import TestSupport
import Testing

@testable import Admission

@Suite struct RouteTableTests {
    static let table: [(path: ByteString, route: Route)] = [
        ("/mcp/orders", .server(0)), ("/mcp/orders/", .beneath(0)), ("/mcp/orders/sse/x", .beneath(0)),
        ("/a", .server(1)), ("/a/b", .beneath(1)), ("/ab", .nowhere), ("/mcp", .nowhere), ("/mcp/", .nowhere),
        ("/mcp/ordersx", .nowhere), ("/mcp/order", .nowhere), ("/MCP/orders", .nowhere), ("/", .nowhere),
        ("*", .nowhere),
        ("/.well-known/jwks.json", .keys(.envelope)), ("/.well-known/jwks.json/", .nowhere),
        ("/reissue/.well-known/jwks.json", .keys(.reissue)), ("/assertion/.well-known/jwks.json", .keys(.assertion)),
        ("/reissue", .nowhere), ("/reissue/", .nowhere), ("/assertion/.well-known", .nowhere),
        // Whoever verifies what the gateway signs for APIs looks for the keys from its issuer on.
        ("/.well-known/oauth-authorization-server/reissue", .issuerMetadata(.reissue)),
        ("/.well-known/oauth-authorization-server/assertion", .issuerMetadata(.assertion)),
        ("/reissue/.well-known/openid-configuration", .issuerMetadata(.reissue)),
        ("/assertion/.well-known/openid-configuration", .issuerMetadata(.assertion)),
        ("/.well-known/openid-configuration", .nowhere),
        ("/.well-known/oauth-protected-resource/mcp/orders", .metadata(0)),
        ("/.well-known/oauth-protected-resource/a", .metadata(1)),
        // Two servers cannot share the document at the root: its `resource` would be neither's.
        ("/.well-known/oauth-protected-resource", .nowhere), ("/.well-known/oauth-protected-resource/mcp", .nowhere),
        ("/mcp/orders/.well-known/oauth-protected-resource", .beneath(0)),
        // The gateway is no authorization server, and nobody behind it is one in its name.
        ("/.well-known/oauth-authorization-server", .nowhere), ("/register", .nowhere), ("/authorize", .nowhere),
        ("/token", .nowhere),
    ]

    @Test(arguments: table) func aPathLeadsToOnePlace(path: ByteString, route: Route) throws {
        var policy = TestPolicy()
        policy.servers = [#"a: {path: /a, upstream: "http://127.0.0.1:3002/mcp", issuers: [corp], scopes: [a]}"#]
        #expect(RouteTable(try policy.compiled()).route(path) == route)
    }

    /// 4,000 segments once cost as many copies of the path, so that one client without a token could keep a loop busy.
    @Test(.timeLimit(.minutes(1))) func aPathOfManySegmentsCostsNoMoreThanAnother() throws {
        let routes = RouteTable(try TestPolicy().compiled())
        let path = ByteString([UInt8](repeatElement(Array("/a".utf8), count: 4_000).joined()))
        for _ in 0..<10_000 { #expect(routes.route(path) == .nowhere) }
    }
}
