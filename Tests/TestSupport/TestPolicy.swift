package import Policy
import StrictCoding

/// The policy that tests start from: one identity provider, one agent, one MCP server, with places for more.
package struct TestPolicy: Sendable {
    /// The moment at which the tests' clocks begin.
    package static let now: Int64 = 1_795_478_400
    package static let origin = "https://gw.example"
    package static let host = "gw.example"
    package static let issuer = "http://127.0.0.1:9000"
    package static let path = "/mcp/orders"
    package static let resource = "https://gw.example/mcp/orders"

    /// Further lines of `gateway`, of the issuer, of the server; and further issuers, agents, servers and services.
    /// Each line is indented here as its place demands.
    package var gateway: [String] = []
    package var issuerLines: [String] = []
    package var issuers: [String] = []
    package var trusted = ["corp"]
    package var tenant = "acme"
    package var agents: [String] = []
    package var server: [String] = []
    package var servers: [String] = []
    package var services: [String] = []
    /// What `orders` may call.
    package var allowed = ["orders_api", "geocoder"]
    package var upstream = "upstream: http://127.0.0.1:3001/mcp"
    package var scopes = ["orders:read", "orders:write", "orders:admin"]

    package init() {}

    package var text: String {
        """
        version: 1
        gateway:
          public_url: \(Self.origin)
          tls: terminated_upstream
        \(Self.lines(gateway, by: 2))
        issuers:
          corp:
            issuer: \(Self.issuer)
            tenant: \(tenant)
        \(Self.lines(issuerLines, by: 4))
        \(Self.lines(issuers, by: 2))
        agents:
          webapp: {id: agent_456, issuer: corp, client_id: webapp}
        \(Self.lines(agents, by: 2))
        clients:
          gateway: {issuer: corp, client_id: bulla, auth: client_secret_basic, secret: "env:BULLA_SECRET"}
        scopes:
          orders:admin: {implies: [orders:write]}
        servers:
          orders:
            path: \(Self.path)
            \(upstream)
            issuers: [\(trusted.joined(separator: ", "))]
            scopes: [\(scopes.joined(separator: ", "))]
            services: [\(allowed.joined(separator: ", "))]
            tools:
              get_order:
                require: [orders:read]
                arguments: {user_id: {from: actor.sub, mode: require}}
              list_orders: {require: [orders:read]}
              cancel_order: {require: [orders:write]}
              purge_orders: {require: [orders:admin]}
              drop_orders: {deny: true, reason: only operators drop orders}
        \(Self.lines(server, by: 4))
        \(Self.lines(servers, by: 2))
        services:
          orders_api:
            url: http://127.0.0.1:9101/v1
            mode: on_behalf_of
            exchange: {client: gateway, audience: orders-api, scopes: [orders:read, orders:write]}
            internal: true
            allow:
              - {methods: [GET], paths: ["/orders/*", "/whoami"], require: [orders:read]}
              - {methods: [POST], paths: ["/orders/**"], require: [orders:write]}
          geocoder:
            url: http://127.0.0.1:9102
            mode: service_identity
            credential: {bearer: "env:GEOCODER_KEY"}
            allow: [{methods: [GET], paths: ["/**"], require: [orders:read]}]
        \(Self.lines(services, by: 2))
        """
    }

    package func compiled() throws -> PolicySet {
        let compilation = PolicyCompiler.compile(PolicySource(name: "test.yaml", bytes: Array(text.utf8)))
        guard let policy = compilation.policy else { throw NotAPolicy(diagnostics: compilation.diagnostics) }
        return policy
    }

    /// The messages of whatever keeps this from being a policy.
    package var complaints: [String] {
        PolicyCompiler.compile(PolicySource(name: "test.yaml", bytes: Array(text.utf8))).diagnostics.map(\.message)
    }

    private static func lines(_ lines: [String], by width: Int) -> String {
        lines.map { String(repeating: " ", count: width) + $0 }.joined(separator: "\n")
    }

    package struct NotAPolicy: Error {
        let diagnostics: [Diagnostic]
    }
}
