import StrictCoding

/// Reads a whole document: every section, then what only all of them together show.
enum PolicyReader {
    static func read(_ root: Node, digest: ByteString, _ report: inout Report) -> PolicySet? {
        let field = Field(path: "", origin: .start, node: root)
        guard let top = Section(field, PolicyKeys.top, &report) else { return nil }
        checkVersion(top["version"], &report)

        let named = (
            issuers: NamedFields(top["issuers"], &report), agents: NamedFields(top["agents"], &report),
            clients: NamedFields(top["clients"], &report), servers: NamedFields(top["servers"], &report),
            services: NamedFields(top["services"], &report),
            scopes: NamedFields(top["scopes"], &report, grammar: .scope)
        )
        let vocabulary = Vocabulary(
            issuers: named.issuers, clients: named.clients, services: named.services, servers: named.servers)

        var gatewaySecrets = SecretReader()
        let gateway = GatewayReader.read(top["gateway"], &gatewaySecrets, &report)
        var issuerReader = IssuerReader(names: named.issuers.names, publicURL: gateway.publicURL)
        let issuers = named.issuers.fields.compactMap { issuerReader.read($0.name, $0.field, &report) }
        var agentReader = AgentReader(vocabulary)
        let agents = named.agents.fields.compactMap { agentReader.read($0.name, $0.field, &report) }
        let hierarchy = ScopeReader.read(named.scopes, vocabulary, &report)
        var clientReader = ClientReader(gateway: gateway, vocabulary: vocabulary)
        let clients = named.clients.fields.compactMap { clientReader.read($0.name, $0.field, &report) }
        issuerReader.authorities.check(
            issuers, named: vocabulary.issuerNames, clients.count == named.clients.names.count ? clients : nil, &report)
        var serviceReader = ServiceReader(
            gateway: gateway, vocabulary: vocabulary, parties: CredentialParties(vocabulary, clients: clients))
        let services = named.services.fields.compactMap { serviceReader.read($0.name, $0.field, &report) }
        var serverReader = ServerReader(
            gateway: gateway, vocabulary: vocabulary, hierarchy: hierarchy, services: services)
        let servers = named.servers.fields.compactMap { serverReader.read($0.name, $0.field, &report) }

        let mentions = [
            gatewaySecrets, issuerReader.secrets, clientReader.secrets, serviceReader.secrets, serverReader.secrets,
        ].flatMap(\.mentions)
        SecretReader.check(mentions, &report)

        guard !report.hasErrors, let publicURL = gateway.publicURL else { return nil }
        let policy = PolicySet(
            digest: digest, publicURL: publicURL, listen: gateway.listen,
            tlsTerminatedUpstream: gateway.tlsTerminatedUpstream, tls: gateway.tls, keys: gateway.keys,
            envelope: gateway.envelope, audit: gateway.audit, limits: gateway.limits, issuers: issuers, agents: agents,
            clients: clients, servers: servers, services: services, secretMentions: mentions,
            scopeHierarchy: hierarchy)
        IdleNames(issuers: named.issuers, clients: named.clients, services: named.services).warn(
            of: policy, top: top, &report)
        return policy
    }

    private static func checkVersion(_ field: Field?, _ report: inout Report) {
        guard let field else { return }
        switch field.node.content {
        case .scalar("1", isPlain: true), .refused: return
        case .scalar, .list, .mapping: report.error(field.place, "`version` is not 1", help: "write `version: 1`")
        }
    }
}
