/// The whole vocabulary of a policy: which keys each mapping may have. `policies/bulla.schema.json` says the same to
/// editors, and a test keeps the two equal.
enum PolicyKeys {
    static let all = [
        top, gateway, listen, tls, egressTLS, adminTLS, keys, envelope, audit, limits, issuer, tenant, agent, scope,
        server, rule, argument, launch, presenter, client, service, credential, exchange, reissue, access,
    ]

    static let top = KeyTable(
        "",
        [
            .required("version"),
            .required("gateway"),
            .optional("issuers"),
            .optional("agents"),
            .optional("clients"),
            .optional("servers"),
            .optional("services"),
            .optional("scopes"),
        ])

    static let gateway = KeyTable(
        "gateway",
        [
            .required("public_url"), .optional("listen"), .optional("tls"), .optional("egress_tls"),
            .optional("admin_tls"), .optional("keys"), .optional("envelope"), .optional("audit"), .optional("limits"),
        ])

    static let listen = KeyTable(
        "gateway.listen",
        [.optional("clients"), .optional("egress"), .optional("admin")])

    static let tls = KeyTable(
        "gateway.tls",
        [.required("certificate"), .required("key"), .optional("client_ca"), .optional("client_certificates")])

    static let egressTLS = KeyTable("gateway.egress_tls", tls.keys)

    static let adminTLS = KeyTable("gateway.admin_tls", tls.keys)

    static let keys = KeyTable("gateway.keys", [.optional("directory"), .optional("rotate_every")])

    static let envelope = KeyTable("gateway.envelope", [.optional("header"), .optional("lifetime")])

    static let audit = KeyTable(
        "gateway.audit",
        [
            .optional("file"), .optional("ingress"), .optional("mode"), .optional("rotate_bytes"),
            .optional("rotate_every"), .optional("checkpoint_records"), .optional("checkpoint_every"),
            .optional("checkpoints"),
        ])

    static let limits = KeyTable("gateway.limits", LimitKey.all.map { .optional($0.name) })

    static let issuer = KeyTable(
        "issuers.*",
        [
            .required("issuer"), .optional("profile"), .required("tenant"), .optional("audiences"),
            .optional("algorithms"), .optional("jwks_uri"), .optional("ca"), .optional("allow_private"),
            .optional("subject"), .optional("scopes"), .optional("name"),
        ])

    static let tenant = KeyTable("issuers.*.tenant", [.required("claim"), .optional("map")])

    static let agent = KeyTable("agents.*", [.required("id"), .required("issuer"), .required("client_id")])

    static let scope = KeyTable("scopes.*", [.required("implies")])

    static let server = KeyTable(
        "servers.*",
        [
            .required("path"),
            .required("upstream", unless: "launch"),
            .optional("launch"), .optional("ca"), .required("issuers"), .required("scopes"), .optional("tools"),
            .optional("resources"), .optional("prompts"), .optional("methods"), .optional("services"),
            .optional("upstream_auth"), .optional("presenter"), .optional("audit_headers"), .optional("deny_as"),
            .optional("origins"),
        ])

    /// A tool's, a prompt's or a resource prefix's rule.
    static let rule = KeyTable(
        "servers.*.tools.*",
        [.optional("require"), .optional("arguments"), .optional("deny"), .optional("reason")])

    static let argument = KeyTable("servers.*.tools.*.arguments.*", [.required("from"), .required("mode")])

    static let launch = KeyTable(
        "servers.*.launch",
        [
            .required("command"), .optional("user"), .required("port_env"), .optional("env"), .optional("path"),
            .optional("instances"), .optional("idle"), .optional("start_timeout"),
        ])

    static let presenter = KeyTable("servers.*.presenter", [.required("path_secret")])

    static let client = KeyTable(
        "clients.*",
        [
            .required("issuer"), .required("client_id"), .required("auth"), .optional("secret"), .optional("key"),
            .optional("token_endpoint"), .optional("introspection_endpoint"), .optional("assertion_audience"),
        ])

    static let service = KeyTable(
        "services.*",
        [
            .required("url"), .optional("ca"), .required("mode"), .optional("credential"), .optional("exchange"),
            .optional("reissue"), .optional("identity"), .optional("internal"), .required("allow"),
            .optional("allow_private"),
        ])

    static let credential = KeyTable(
        "services.*.credential",
        [
            .optional("client"), .optional("scopes"), .optional("audience"), .optional("resource"),
            .optional("bearer"), .optional("header"), .optional("value"),
        ])

    static let exchange = KeyTable(
        "services.*.exchange",
        [
            .required("client"), .optional("flavor"), .optional("audience"), .optional("resource"),
            .required("scopes"), .optional("subject"), .optional("actor"), .optional("require_act"),
            .optional("verify"),
        ])

    static let reissue = KeyTable(
        "services.*.reissue",
        [.required("audience"), .required("scopes"), .optional("lifetime"), .required("reason")])

    static let access = KeyTable(
        "services.*.allow.*", [.required("methods"), .required("paths"), .required("require")])
}
