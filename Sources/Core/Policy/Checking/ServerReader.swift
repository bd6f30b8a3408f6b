import StrictCoding

/// Reads `servers`, one after the other, and keeps the routes that were taken.
struct ServerReader {
    private let gateway: GatewaySettings
    private let vocabulary: Vocabulary
    private let hierarchy: ScopeHierarchy
    private let modes: [ByteString: ServiceMode]
    private var routes = PublicRoutes()

    init(
        gateway: GatewaySettings, vocabulary: Vocabulary, hierarchy: ScopeHierarchy, services: [DownstreamService]
    ) {
        self.gateway = gateway
        self.vocabulary = vocabulary
        self.hierarchy = hierarchy
        modes = Dictionary(services.map { ($0.name, $0.mode) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func read(_ name: ByteString, _ field: Field, _ report: inout Report) -> Server? {
        guard let section = Section(field, PolicyKeys.server, &report) else { return nil }
        let path = section["path"].flatMap { routes.claim($0, for: name, &report) }
        let upstream = section["upstream"].flatMap { self.upstream($0, &report) }
        let issuers = section["issuers"]?.distinctSome(&report) { [vocabulary] in vocabulary.issuer($0, &$1) }
        let scopes = section["scopes"].flatMap { Self.scopes($0, &report) }
        let rules = RuleBookReader(RuleReader(server: name, scopes: scopes, hierarchy: hierarchy)).read(
            section, &report)
        let delegation = delegation(section["services"], &report)
        let upstreamAuth = section["upstream_auth"].map { Self.upstreamAuth($0, &report) } ?? .none
        let auditHeaders = section["audit_headers"]?.choice(PolicyWords.auditHeaders, &report) ?? .full
        let denyAs = section["deny_as"]?.choice(PolicyWords.denyAs, &report) ?? .auto
        let origins = section["origins"]?.distinct(&report) { Self.origin($0, &$1) } ?? []
        guard let publicURL = gateway.publicURL, let path, let upstream, let issuers, let scopes else { return nil }
        return Server(
            name: name, path: path, resourceURL: ByteString(publicURL.origin.bytes + path.bytes), upstream: upstream,
            issuers: issuers, scopes: scopes, rules: rules, delegation: delegation, upstreamAuth: upstreamAuth,
            auditHeaders: auditHeaders, denyAs: denyAs, origins: origins)
    }

    private func upstream(_ field: Field, _ report: inout Report) -> HTTPURL? {
        guard let url = field.dialledURL(&report) else { return nil }
        for (key, address) in [("clients", gateway.listen.clients), ("admin", gateway.listen.admin)] {
            guard address.isReached(by: url) else { continue }
            report.error(
                field.place, "\(field.quotedPath) leads back to the gateway itself (`gateway.listen.\(key)`)",
                help: "name the address of the MCP server")
            return nil
        }
        return url
    }

    private static func scopes(_ field: Field, _ report: inout Report) -> [ByteString]? {
        guard let scopes = field.distinct(&report, { $0.scope(&$1) }) else { return nil }
        guard ScopeToken.fitInEnvelope(scopes) else {
            report.error(
                field.place,
                "\(field.quotedPath) does not fit into an envelope: more than \(ScopeToken.mostPerServer) scopes or \(ScopeToken.mostBytesPerServer) bytes",
                help: "split the server's tools over two entries under `servers`")
            return nil
        }
        return scopes
    }

    private func delegation(_ field: Field?, _ report: inout Report) -> DelegationGrant {
        let names = field?.distinct(&report) { [vocabulary] in vocabulary.service($0, &$1) } ?? []
        let bytes = names.reduce(names.count - 1) { $0 + $1.count }
        if let field, names.count > DelegationGrant.mostServices || bytes > DelegationGrant.mostBytes {
            report.error(
                field.place,
                "\(field.quotedPath) does not fit into an envelope: more than \(DelegationGrant.mostServices) services or \(DelegationGrant.mostBytes) bytes of names",
                help: "name only the services that this server calls")
        }
        return DelegationGrant(names.compactMap { name in modes[name].map { (name, $0) } })
    }

    private static func upstreamAuth(_ field: Field, _ report: inout Report) -> Server.UpstreamAuth {
        if case .mapping = field.node.content {
            report.error(
                field.place, "a credential for \(field.quotedPath) is not built yet",
                help: "write `none` or leave it out")
            return .none
        }
        // Whoever expects a credential here may have written one: it must not reach a terminal or a log.
        return field.choice(PolicyWords.upstreamAuth, repeatsWord: false, &report) ?? .none
    }

    private static func origin(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let url = field.url(&report) else { return nil }
        guard url.text == url.origin else {
            report.error(
                field.place, "\(field.quotedPath) is not an origin as browsers send it",
                help: "write \(Quotation.of(url.origin)), without a path or a default port")
            return nil
        }
        return url.text
    }
}

extension ListenAddress {
    /// Whether a connection to `url` from this machine would arrive here.
    fileprivate func isReached(by url: HTTPURL) -> Bool {
        guard port != 0, port == url.port else { return false }
        switch url.host {
        case .name: return url.host.isLoopback && (host.isLoopback || host.isUnspecified)
        case .address(let address): return address == host || host.isUnspecified
        }
    }
}
