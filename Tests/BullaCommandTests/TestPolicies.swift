import Policy
import StrictCoding

/// A policy with one server for each way in which calls find their requests.
enum TestPolicies {
    static func all() throws -> PolicySet {
        let compilation = PolicyCompiler.compile(PolicySource(name: "test.yaml", bytes: Array(text.utf8)))
        guard let policy = compilation.policy else {
            throw Broken(diagnostics: compilation.diagnostics.map(\.rendered))
        }
        return policy
    }

    struct Broken: Error {
        let diagnostics: [String]
    }

    static func server(_ name: ByteString, in policy: PolicySet) throws -> Server {
        guard let server = policy.servers.first(where: { $0.name == name }) else { throw Broken(diagnostics: []) }
        return server
    }

    private static let text = """
        version: 1
        gateway:
          public_url: http://127.0.0.1:8080
          listen: {clients: "127.0.0.1:8080", egress: "127.0.0.1:9080", admin: "127.0.0.1:9901"}
        issuers:
          corp: {issuer: "http://127.0.0.1:8081", profile: rfc9068, tenant: acme, allow_private: true}
        servers:
          copying:
            path: /mcp/copying
            upstream: http://127.0.0.1:3001/mcp
            issuers: [corp]
            scopes: [orders:read, balance:read]
            tools: {"*": {require: [orders:read]}}
            services: [orders_api, billing_api]
          passing:
            path: /mcp/passing
            upstream: http://127.0.0.1:3002/mcp
            issuers: [corp]
            scopes: [orders:read]
            tools: {"*": {require: [orders:read]}}
            services: [orders_api]
            upstream_auth: handle
            audit_headers: none
            presenter: {path_secret: "env:PASSING_SECRET"}
          launched:
            path: /mcp/launched
            launch: {command: [shop], port_env: PORT, env: {ORDERS: "${egress}/orders_api"}}
            issuers: [corp]
            scopes: [orders:read]
            tools: {"*": {require: [orders:read]}}
            services: [orders_api]
          alone:
            path: /mcp/alone
            upstream: http://127.0.0.1:3003/mcp
            issuers: [corp]
            scopes: [orders:read]
            tools: {"*": {require: [orders:read]}}
        services:
          orders_api:
            url: http://127.0.0.1:4001/orders
            mode: restricted_user
            reissue: {audience: orders-api, scopes: [orders:read], lifetime: 120s, reason: a test}
            allow: [{methods: [GET], paths: ["/**"], require: [orders:read]}]
          billing_api:
            url: http://127.0.0.1:4001/billing
            mode: service_identity
            credential: {bearer: "env:BILLING_TOKEN"}
            allow: [{methods: [GET], paths: ["/**"], require: [balance:read]}]

        """
}
