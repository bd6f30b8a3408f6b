internal import StrictCoding

/// The policy of `bulla demo`, with comments for whoever reads it to write one of their own.
package struct DemoPolicy: Sendable {
    /// The origin that clients see, such as `http://127.0.0.1:8080`.
    package var publicURL: String
    /// Where the gateway listens: `address:port` each.
    package var clients: String
    package var egress: String
    package var admin: String
    /// The identity provider's issuer.
    package var issuer: String
    /// The legacy server's endpoint.
    package var upstream: String
    /// The origin of the downstream APIs.
    package var downstreamAPI: String
    /// The program that has the subcommand `demo-shop`.
    package var program: String
    /// Where keys and audit records are kept, and the policy itself.
    package var directory: String

    package init(
        publicURL: String, clients: String, egress: String, admin: String, issuer: String, upstream: String,
        downstreamAPI: String, program: String, directory: String
    ) {
        self.publicURL = publicURL
        self.clients = clients
        self.egress = egress
        self.admin = admin
        self.issuer = issuer
        self.upstream = upstream
        self.downstreamAPI = downstreamAPI
        self.program = program
        self.directory = directory
    }

    /// The private key with which the gateway is a client of the identity provider, in `directory`.
    package static let clientKeyFile = "gateway-client.pem"

    /// The resources for which clients need tokens, the one to take when they name none first: the public URLs of the
    /// routes (RFC 8707).
    package var resources: [String] { ["/mcp/orders", "/mcp/shop"].map { publicURL + $0 } }

    package var yaml: String {
        """
        # yaml-language-server: $schema=./bulla.schema.json
        #
        # The policy of `bulla demo`. Everything is denied unless a line below allows it; `bulla check` on this file
        # finds every mistake at once, with its line.
        version: 1

        gateway:
          # The origin of all public URLs and the issuer of the envelopes; never taken from a request.
          public_url: \(quoted(publicURL))
          listen:
            clients: \(quoted(clients))
            # Where the servers' own calls arrive.
            egress: \(quoted(egress))
            admin: \(quoted(admin))
          keys: {directory: \(quoted(directory + "/keys"))}
          audit: {file: \(quoted(directory + "/audit.jsonl"))}

        # Who may vouch for a user: the demo's identity provider, which signs access tokens of RFC 9068.
        issuers:
          demo:
            issuer: \(quoted(issuer))
            profile: rfc9068
            tenant: acme
            # Its address is not a public one; for your own provider leave this out.
            allow_private: true

        # Who may act for a user: the application behind an OAuth client gets a name of ours.
        agents:
          webapp: {id: agent_456, issuer: demo, client_id: demo-cli}

        # What the gateway itself is at the identity provider: a client that proves itself with its own key.
        clients:
          gateway:
            issuer: demo
            client_id: \(DemoDirectory.gatewayID)
            auth: private_key_jwt
            key: "file:\(Self.clientKeyFile)"

        # The MCP servers in front of which the gateway stands.
        servers:
        \(ordersServer)
        \(shopServer)

        # The APIs that the servers call, and in whose name they do.
        services:
        \(services)

        """
    }

    /// A server that runs already and answers from its own data.
    private var ordersServer: String {
        """
          orders-mcp:
            path: /mcp/orders
            upstream: \(quoted(upstream))
            issuers: [demo]
            # All that this server knows; clients learn it from the metadata and ask for it at the login.
            scopes: [orders:read, orders:write, balance:read]
            tools:
              # `require` names the scopes that the user must have granted. `arguments` ties `user_id` to the verified
              # user: the model may fill it in, but a call for anybody else is denied before the server sees it.
              get_order_status:
                require: [orders:read]
                arguments: {user_id: {from: actor.sub, mode: require}}
              get_balance:
                require: [balance:read]
                arguments: {user_id: {from: actor.sub, mode: require}}
              cancel_order:
                require: [orders:write]
                arguments: {user_id: {from: actor.sub, mode: require}}
                reason: changes an order
              slow_report:
                require: [orders:read, balance:read]
                arguments: {user_id: {from: actor.sub, mode: require}}
            # What the server's envelopes may be swapped for, below.
            services: [orders_api, billing_api]
        """
    }

    /// A server that the gateway runs, because it must know for whom its calls are.
    private var shopServer: String {
        """
          shop-mcp:
            path: /mcp/shop
            # This server knows nothing of envelopes and forwards no header. The gateway runs it, one process for each
            # user and agent: what a process calls is for the user whose it is. It finds its APIs in its environment, as
            # always, and there it finds the gateway: `${egress}` is an address with a secret that only it knows.
            launch:
              command: [\(quoted(program)), demo-shop]
              port_env: PORT
              env:
                ORDERS_API_URL: "${egress}/orders_api"
                BILLING_API_URL: "${egress}/billing_api"
                PROFILE_API_URL: "${egress}/profile_api"
            issuers: [demo]
            scopes: [orders:read, orders:write, balance:read, profile:read]
            tools:
              order_status:
                require: [orders:read]
                arguments: {user_id: {from: actor.sub, mode: require}}
              # No argument says for whom: the API finds it in the token.
              my_profile: {require: [profile:read]}
              account_balance:
                require: [balance:read]
                arguments: {user_id: {from: actor.sub, mode: require}}
              cancel:
                require: [orders:write]
                arguments: {user_id: {from: actor.sub, mode: require}}
                reason: changes an order
              slow_order: {require: [orders:read]}
              late_refund:
                require: [balance:read]
                arguments: {user_id: {from: actor.sub, mode: require}}
            services: [orders_api, billing_api, profile_api]
        """
    }

    private var services: String {
        """
          # A token for the user, with the agent named as the one who acts, from the identity provider (RFC 8693).
          orders_api:
            url: \(quoted(downstreamAPI + "/orders"))
            mode: on_behalf_of
            exchange:
              client: gateway
              flavor: rfc8693
              audience: \(DemoDownstreamAPI.ordersAudience)
              scopes: [orders:read, orders:write] # as far as the user has them
              actor: client
              require_act: true
            internal: true # it may know users by their own names
            allow:
              - {methods: [GET], paths: ["/*/*", /slow], require: [orders:read]}
              - {methods: [POST], paths: ["/*/*/cancel"], require: [orders:write]}
          # The gateway's own account; the user is named in headers and audit. `require` is what the user needs.
          billing_api:
            url: \(quoted(downstreamAPI + "/billing"))
            mode: service_identity
            credential: {client: gateway, audience: \(DemoDownstreamAPI.billingAudience), scopes: [balance:read]}
            internal: true
            allow:
              - {methods: [GET], paths: ["/accounts/*"], require: [balance:read]}
          # A token for the user that the gateway signs itself, for an API that trusts it to. `bulla check` warns of it:
          # whoever had the gateway's key could be anybody there.
          profile_api:
            url: \(quoted(downstreamAPI + "/profile"))
            mode: restricted_user
            reissue:
              audience: \(DemoDownstreamAPI.profileAudience)
              scopes: [profile:read]
              lifetime: 120s
              reason: the profile API has no authorization server of its own
            internal: true
            allow:
              - {methods: [GET], paths: [/me], require: [profile:read]}
        """
    }

    /// A double-quoted scalar: every JSON string is one (YAML 1.2, section 1.3).
    private func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
