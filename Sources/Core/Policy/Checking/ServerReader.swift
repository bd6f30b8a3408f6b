import StrictCoding

/// Reads `servers`, one after the other, and keeps what two of them must not share.
struct ServerReader {
    private let gateway: GatewaySettings
    private let vocabulary: Vocabulary
    private let hierarchy: ScopeHierarchy
    private let services: [ByteString: DownstreamService]
    private var routes = PublicRoutes()
    private var presenters = PresenterReader()
    private(set) var secrets = SecretReader()

    init(
        gateway: GatewaySettings, vocabulary: Vocabulary, hierarchy: ScopeHierarchy, services: [DownstreamService]
    ) {
        self.gateway = gateway
        self.vocabulary = vocabulary
        self.hierarchy = hierarchy
        self.services = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func read(_ name: ByteString, _ field: Field, _ report: inout Report) -> Server? {
        guard let section = Section(field, PolicyKeys.server, &report) else { return nil }
        let path = section["path"].flatMap { routes.claim($0, for: name, &report) }
        let called = calledServices(section["services"], &report)
        let endpoint = endpoint(section, hasServices: !called.isNone, &report)
        let authority = AuthorityReader.read(section["ca"], toward: endpoint?.peers, &secrets, &report)
        let issuers = section["issuers"]?.distinctSome(&report) { [vocabulary] in vocabulary.issuer($0, &$1) }
        let scopes = section["scopes"].flatMap { Self.scopes($0, &report) }
        let rules = RuleBookReader(RuleReader(server: name, scopes: scopes, hierarchy: hierarchy)).read(
            section, &report)
        let upstreamAuth = section["upstream_auth"].map { Self.upstreamAuth($0, called, &report) } ?? .none
        let presenter = section["presenter"].map {
            presenters.read($0, of: name, called, isLaunched: section["launch"] != nil, &secrets, &report)
        }
        let auditHeaders = section["audit_headers"]?.choice(PolicyWords.auditHeaders, &report) ?? .full
        let denyAs = section["deny_as"]?.choice(PolicyWords.denyAs, &report) ?? .auto
        let origins = section["origins"]?.distinct(&report) { Self.origin($0, &$1) } ?? []
        guard let publicURL = gateway.publicURL, let path, let endpoint, let issuers, let scopes else { return nil }
        let known = called.names.compactMap { services[$0] }
        let delegation = DelegationGrant(known.map { ($0.name, $0.mode) })
        return Server(
            name: name, path: path, resourceURL: ByteString(publicURL.origin.bytes + path.bytes), endpoint: endpoint,
            authority: authority, issuers: issuers, scopes: scopes, rules: rules, delegation: delegation,
            services: delegation.allowed.compactMap { vocabulary.services[$0] },
            needsOriginalToken: known.contains(where: \.needsOriginalToken), presenter: presenter ?? .generated,
            upstreamAuth: upstreamAuth, auditHeaders: auditHeaders, denyAs: denyAs, origins: origins)
    }

    private mutating func endpoint(
        _ section: Section, hasServices: Bool, _ report: inout Report
    ) -> Server.Endpoint? {
        let upstream = section["upstream"].flatMap {
            $0.foreignURL(gateway, help: "name the address of the MCP server", &report)
        }
        let launch = section["launch"].flatMap {
            LaunchReader(hasServices: hasServices).read($0, &secrets, &report)
        }
        if section["upstream"] != nil, let field = section["launch"] {
            report.error(
                field.origin, "\(section.field.quotedPath) has both `upstream` and `launch`",
                help: "a server runs already, or the gateway runs it; remove one of the two")
        }
        if gateway.tls.egress != nil, hasServices, let field = section["launch"] {
            report.error(
                field.origin,
                "\(field.quotedPath) does not go with `gateway.egress_tls`: its processes call services over plain http on this machine",
                help: "remove `egress_tls`, or let the server run elsewhere and name it under `upstream`")
        }
        return upstream.map { .upstream($0) } ?? launch.map { .launch($0) }
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

    private func calledServices(_ field: Field?, _ report: inout Report) -> CalledServices {
        let names = field?.distinct(&report) { [vocabulary] in vocabulary.service($0, &$1) } ?? []
        let bytes = names.reduce(names.count - 1) { $0 + $1.count }
        if let field, names.count > DelegationGrant.mostServices || bytes > DelegationGrant.mostBytes {
            report.error(
                field.place,
                "\(field.quotedPath) does not fit into an envelope: more than \(DelegationGrant.mostServices) services or \(DelegationGrant.mostBytes) bytes of names",
                help: "name only the services that this server calls")
        }
        guard let field, case .list(let nodes) = field.node.content else {
            return CalledServices(names: [], isNone: field == nil)
        }
        return CalledServices(names: names, isNone: nodes.isEmpty)
    }

    private static func upstreamAuth(
        _ field: Field, _ called: CalledServices, _ report: inout Report
    ) -> Server.UpstreamAuth {
        if case .mapping = field.node.content {
            report.error(
                field.place, "a credential for \(field.quotedPath) is not built yet",
                help: "write `none` or leave it out")
            return .none
        }
        // Whoever expects a credential here may have written one: it must not reach a terminal or a log.
        guard let auth = field.choice(PolicyWords.upstreamAuth, repeatsWord: false, &report) else { return .none }
        if auth == .handle, called.isNone {
            report.error(
                field.place, "a handle is of use only where the server calls services, and it may call none",
                help: "name them under `services`, or write `none`")
        }
        return auth
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

extension Server.Endpoint {
    /// The URLs to which the gateway connects over a network.
    fileprivate var peers: [HTTPURL] {
        switch self {
        case .upstream(let url): [url]
        case .launch: []
        }
    }
}
