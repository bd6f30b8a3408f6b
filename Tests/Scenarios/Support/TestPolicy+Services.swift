import StrictCoding
import TestSupport

extension TestPolicy {
    /// A service that `orders` may call besides those of every test's policy.
    struct Service: Sendable {
        let name: String
        let text: String

        init(_ name: String, port: Int, path: String = "", _ rest: String) {
            self.name = name
            text = """
                \(name): {url: "http://127.0.0.1:\(port)\(path)", \(rest), \
                allow: [{methods: [GET, HEAD, OPTIONS, POST, PUT, DELETE], paths: ["/**"], require: [orders:read]}]}
                """
        }

        /// Of the same house: tokens that the gateway signs, and envelopes.
        static let books = Service(
            "books", port: 9103, path: "/api",
            """
            mode: restricted_user, reissue: {audience: books, scopes: [orders:read, orders:admin], lifetime: 60s, \
            reason: it trusts the gateway}, internal: true, identity: envelope
            """)
        /// The same under another mode.
        static let booksOfNobody = Service(
            "books", port: 9103, path: "/api", #"mode: service_identity, credential: {bearer: "env:BOOKS_KEY"}"#)
        static let vault = Service(
            "vault", port: 9104,
            "mode: restricted_user, exchange: {client: gateway, audience: vault, scopes: [orders:read]}")
        static let mailer = Service(
            "mailer", port: 9105,
            "mode: service_identity, credential: {client: gateway, scopes: [mail:send], audience: mailer}")
        static let weather = Service(
            "weather", port: 9106, #"mode: service_identity, credential: {header: X-Api-Key, value: "env:WEATHER_KEY"}"#
        )
        /// For those who may have the admin's scope only.
        static let ledger = Service(
            "ledger", port: 9107,
            "mode: on_behalf_of, exchange: {client: gateway, audience: ledger, scopes: [orders:admin]}")
    }

    /// The policy of every test, with more services.
    static func calling(_ services: Service...) -> TestPolicy {
        var policy = TestPolicy()
        policy.services = services.map(\.text)
        policy.allowed += services.map(\.name)
        return policy
    }

    /// The policy of every test with limits.
    static func limiting(_ limits: String) -> TestPolicy {
        var policy = TestPolicy()
        policy.gateway = ["limits: {\(limits)}"]
        return policy
    }

    /// `orders` gets a handle as its `Authorization`.
    static var withHandles: TestPolicy {
        var policy = TestPolicy()
        policy.server = ["upstream_auth: handle"]
        return policy
    }

    /// The gateway runs `orders` itself.
    static var launching: TestPolicy {
        var policy = TestPolicy()
        policy.upstream = "launch: {command: [/bin/true], port_env: PORT}"
        return policy
    }

    /// A second server, which may call the same services.
    static var withBilling: TestPolicy {
        var policy = TestPolicy()
        policy.issuerLines = [#"audiences: ["\#(TestPolicy.resource)"]"#]
        policy.servers = [
            #"billing: {path: /mcp/billing, upstream: "http://127.0.0.1:3002/mcp", issuers: [corp], scopes: [orders:read, orders:write], services: [orders_api], tools: {list_orders: {require: [orders:read]}}}"#
        ]
        return policy
    }
}
