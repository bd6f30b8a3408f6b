internal import StrictCoding

/// The policy of `bulla demo`, with comments for whoever reads it to write one of their own.
package struct DemoPolicy: Sendable {
    /// The origin that clients see, such as `http://127.0.0.1:8080`.
    package var publicURL: String
    /// Where the gateway listens: `address:port` each.
    package var clients: String
    package var admin: String
    /// The identity provider's issuer.
    package var issuer: String
    /// The legacy server's endpoint.
    package var upstream: String
    package var ordersAPI: String
    package var billingAPI: String
    /// Where keys and audit records are kept.
    package var directory: String

    package init(
        publicURL: String, clients: String, admin: String, issuer: String, upstream: String, ordersAPI: String,
        billingAPI: String, directory: String
    ) {
        self.publicURL = publicURL
        self.clients = clients
        self.admin = admin
        self.issuer = issuer
        self.upstream = upstream
        self.ordersAPI = ordersAPI
        self.billingAPI = billingAPI
        self.directory = directory
    }

    /// The public route of the legacy server.
    package static let path = "/mcp/orders"

    /// The resource for which clients need tokens: the public URL of the route (RFC 8707).
    package var resource: String { publicURL + Self.path }

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

        # The MCP servers in front of which the gateway stands.
        servers:
          orders-mcp:
            path: \(Self.path)
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

        # The APIs that the server calls, and in whose name it does.
        services:
          orders_api:
            url: \(quoted(ordersAPI))
            mode: on_behalf_of # a token for the user, with the agent named as the one who acts
          billing_api:
            url: \(quoted(billingAPI))
            mode: service_identity # the gateway's own account; the user is named in headers and audit

        """
    }

    /// A double-quoted scalar: every JSON string is one (YAML 1.2, section 1.3).
    private func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
