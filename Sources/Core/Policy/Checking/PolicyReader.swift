import StrictCoding

/// Reads a whole document: every section, then what only all of them together show.
enum PolicyReader {
    static func read(_ root: Node, digest: ByteString, _ report: inout Report) -> PolicySet? {
        let field = Field(path: "", origin: .start, node: root)
        guard let top = Section(field, PolicyKeys.top, &report) else { return nil }
        checkVersion(top["version"], &report)

        let named = (
            issuers: NamedFields(top["issuers"], &report), agents: NamedFields(top["agents"], &report),
            servers: NamedFields(top["servers"], &report), services: NamedFields(top["services"], &report),
            scopes: NamedFields(top["scopes"], &report, grammar: .scope)
        )
        let vocabulary = Vocabulary(issuers: named.issuers, services: named.services, servers: named.servers)

        let gateway = GatewayReader.read(top["gateway"], &report)
        var issuerReader = IssuerReader(names: named.issuers.names, publicURL: gateway.publicURL)
        let issuers = named.issuers.fields.compactMap { issuerReader.read($0.name, $0.field, &report) }
        var agentReader = AgentReader(vocabulary)
        let agents = named.agents.fields.compactMap { agentReader.read($0.name, $0.field, &report) }
        let hierarchy = ScopeReader.read(named.scopes, vocabulary, &report)
        let services = named.services.fields.compactMap { ServiceReader.read($0.name, $0.field, &report) }
        var serverReader = ServerReader(
            gateway: gateway, vocabulary: vocabulary, hierarchy: hierarchy, services: services)
        let servers = named.servers.fields.compactMap { serverReader.read($0.name, $0.field, &report) }

        guard !report.hasErrors, let publicURL = gateway.publicURL else { return nil }
        let policy = PolicySet(
            digest: digest, publicURL: publicURL, listen: gateway.listen,
            tlsTerminatedUpstream: gateway.tlsTerminatedUpstream, keys: gateway.keys, envelope: gateway.envelope,
            audit: gateway.audit, limits: gateway.limits, issuers: issuers, agents: agents, servers: servers,
            services: services, scopeHierarchy: hierarchy)
        warnOfIdleNames(policy, named.issuers, named.services, top: top, &report)
        return policy
    }

    private static func checkVersion(_ field: Field?, _ report: inout Report) {
        guard let field else { return }
        switch field.node.content {
        case .scalar("1", isPlain: true), .refused: return
        case .scalar, .list, .mapping: report.error(field.place, "`version` is not 1", help: "write `version: 1`")
        }
    }

    /// What is declared and never used is allowed while a policy grows, and worth a word.
    private static func warnOfIdleNames(
        _ policy: PolicySet, _ issuers: NamedFields, _ services: NamedFields, top: Section, _ report: inout Report
    ) {
        guard !policy.servers.isEmpty else {
            report.warning((top["servers"] ?? top.field).origin, "the policy has no servers: there is nothing to reach")
            return
        }
        let trusted = Set(policy.servers.flatMap(\.issuers))
        for (index, issuer) in issuers.fields.enumerated() where !trusted.contains(index) {
            report.warning(issuer.field.origin, "no server accepts issuer \(Quotation.of(issuer.name))")
        }
        let called = Set(policy.servers.flatMap(\.delegation.allowed))
        for service in services.fields where !called.contains(service.name) {
            report.warning(service.field.origin, "no server may call service \(Quotation.of(service.name))")
        }
    }
}
