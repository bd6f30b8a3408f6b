/// The whole vocabulary of a policy: which keys each mapping may have. `policies/bulla.schema.json` says the same to
/// editors, and a test keeps the two equal.
enum PolicyKeys {
    static let all = [
        top, gateway, listen, tls, keys, envelope, audit, limits, issuer, tenant, agent, scope, server, rule, argument,
        service,
    ]

    static let top = KeyTable(
        "",
        [
            .required("version"),
            .required("gateway"),
            .optional("issuers"),
            .optional("agents"),
            .unbuilt(
                "clients", "no service is called with a credential yet; leave the gateway's own registrations out"),
            .optional("servers"),
            .optional("services"),
            .optional("scopes"),
        ])

    static let gateway = KeyTable(
        "gateway",
        [
            .required("public_url"), .optional("listen"), .optional("tls"), .optional("keys"), .optional("envelope"),
            .optional("audit"), .optional("limits"),
        ])

    static let listen = KeyTable(
        "gateway.listen",
        [
            .optional("clients"),
            .unbuilt("egress", "outbound calls of servers do not pass the gateway yet; leave it out"),
            .optional("admin"),
        ])

    private static let endTLSInFront = "end TLS in front of the gateway and write `tls: terminated_upstream`"

    static let tls = KeyTable(
        "gateway.tls",
        [.unbuilt("certificate", endTLSInFront), .unbuilt("key", endTLSInFront), .unbuilt("client_ca", endTLSInFront)])

    static let keys = KeyTable("gateway.keys", [.optional("directory"), .optional("rotate_every")])

    static let envelope = KeyTable("gateway.envelope", [.optional("header"), .optional("lifetime")])

    static let audit = KeyTable("gateway.audit", [.optional("file"), .optional("ingress"), .optional("mode")])

    static let limits = KeyTable("gateway.limits", LimitKey.all.map { .optional($0.name) })

    static let issuer = KeyTable(
        "issuers.*",
        [
            .required("issuer"), .optional("profile"), .required("tenant"), .optional("audiences"),
            .optional("algorithms"), .optional("jwks_uri"), .optional("allow_private"), .optional("subject"),
            .optional("scopes"), .optional("name"),
        ])

    static let tenant = KeyTable("issuers.*.tenant", [.required("claim"), .optional("map")])

    static let agent = KeyTable("agents.*", [.required("id"), .required("issuer"), .required("client_id")])

    static let scope = KeyTable("scopes.*", [.required("implies")])

    static let server = KeyTable(
        "servers.*",
        [
            .required("path"),
            .required("upstream", unless: "launch"),
            .unbuilt("launch", "start the server yourself and name its address under `upstream`"),
            .required("issuers"), .required("scopes"), .optional("tools"), .optional("resources"),
            .optional("prompts"), .optional("methods"), .optional("services"), .optional("upstream_auth"),
            .unbuilt("presenter", "outbound calls of servers do not pass the gateway yet; leave it out"),
            .optional("audit_headers"), .optional("deny_as"), .optional("origins"),
        ])

    /// A tool's, a prompt's or a resource prefix's rule.
    static let rule = KeyTable(
        "servers.*.tools.*",
        [.optional("require"), .optional("arguments"), .optional("deny"), .optional("reason")])

    static let argument = KeyTable("servers.*.tools.*.arguments.*", [.required("from"), .required("mode")])

    private static let noCallsYet =
        "services are named in envelopes, but not called through the gateway yet; leave it out"

    static let service = KeyTable(
        "services.*",
        [
            .required("url"), .required("mode"), .unbuilt("credential", noCallsYet), .unbuilt("exchange", noCallsYet),
            .unbuilt("reissue", noCallsYet), .unbuilt("identity", noCallsYet), .unbuilt("internal", noCallsYet),
            .unbuilt("allow", noCallsYet), .unbuilt("allow_private", noCallsYet),
        ])
}
