import StrictCoding

/// Reads `services`, one after the other.
struct ServiceReader {
    private let gateway: GatewaySettings
    private let vocabulary: Vocabulary
    private let parties: CredentialParties
    private(set) var secrets = SecretReader()

    init(gateway: GatewaySettings, vocabulary: Vocabulary, parties: CredentialParties) {
        self.gateway = gateway
        self.vocabulary = vocabulary
        self.parties = parties
    }

    mutating func read(_ name: ByteString, _ field: Field, _ report: inout Report) -> DownstreamService? {
        guard let section = Section(field, PolicyKeys.service, &report) else { return nil }
        let callers = ServiceCallers(service: name, vocabulary.callers(of: name))
        let url = section["url"]?.foreignURL(gateway, help: "name the address of the API", &report)
        let authority = AuthorityReader.read(section["ca"], toward: url.map { [$0] }, &secrets, &report)
        let mode = section["mode"]?.choice(PolicyWords.serviceMode, &report)
        let credential = credential(section, mode: mode, callers, &report)
        let isInternal = section["internal"]?.bool(&report) ?? false
        let identity = section["identity"].flatMap { Self.identity($0, of: name, isInternal: isInternal, &report) }
        let demand = AccessReader.Demand(mode: mode, credential: credential)
        let allow = section["allow"].flatMap { AccessReader(callers: callers, demand: demand).read($0, &report) }
        let allowPrivate = section["allow_private"]?.bool(&report) ?? false
        section["url"]?.checkLeave(for: url, allowPrivate: allowPrivate, &report)
        guard let url, let mode, let credential, let allow else { return nil }
        return DownstreamService(
            name: name, url: url, mode: mode, credential: credential, identity: identity ?? .headers,
            isInternal: isInternal, allow: allow, allowPrivate: allowPrivate, authority: authority)
    }

    private mutating func credential(
        _ section: Section, mode: ServiceMode?, _ callers: ServiceCallers, _ report: inout Report
    ) -> DownstreamService.Credential? {
        if let mode { Self.checkFit(section, mode, &report) }
        let fixed = section["credential"].flatMap {
            CredentialReader(parties: parties, header: gateway.envelope.header).read($0, &secrets, &report)
        }
        let exchange = section["exchange"].flatMap {
            ExchangeReader(parties: parties, callers: callers, mode: mode).read($0, &report)
        }
        let reissue = section["reissue"].flatMap {
            ReissueReader(gateway: gateway, callers: callers).read($0, &report)
        }
        switch mode {
        case .serviceIdentity: return fixed
        case .onBehalfOf: return exchange.map { .exchange($0) }
        case .restrictedUser: return exchange.map { .exchange($0) } ?? reissue.map { .reissue($0) }
        case nil: return nil
        }
    }

    /// Exactly one way to a credential, and one that gives what the mode says: there is no fallback between modes.
    private static func checkFit(_ section: Section, _ mode: ServiceMode, _ report: inout Report) {
        let path = section.field.quotedPath
        let word = "`mode: \(mode.rawValue)`"
        let fitting = mode.credentialKeys
        for key in ["credential", "exchange", "reissue"] where !fitting.contains(key) {
            guard let field = section[key] else { continue }
            report.error(
                field.origin, "\(field.quotedPath) does not fit \(word)",
                help: "it takes \(fitting.map { "`\($0)`" }.joined(separator: " or "))")
        }
        let written = fitting.filter { section[$0] != nil }
        if written.isEmpty {
            let missing = fitting.map { "`\($0)`" }.joined(separator: " and no ")
            report.error(section.field.origin, "\(path) has no \(missing), which \(word) needs")
        } else if written.count > 1, let second = section[written[1]] {
            report.error(
                second.origin, "\(path) has both `\(written[0])` and `\(written[1])`",
                help: "a token comes from one place; remove one of the two")
        }
    }

    private static func identity(
        _ field: Field, of service: ByteString, isInternal: Bool, _ report: inout Report
    ) -> DownstreamService.IdentityForm? {
        guard let form = field.choice(PolicyWords.identity, &report) else { return nil }
        if form == .envelope, !isInternal {
            report.error(
                field.place,
                "an envelope says who the user is, and service \(Quotation.of(service)) is not `internal`",
                help: "write `internal: true` if it is of your own house, or `identity: headers`")
        }
        return form
    }
}

extension ServiceMode {
    /// The keys of a service of which it needs exactly one.
    fileprivate var credentialKeys: [String] {
        switch self {
        case .serviceIdentity: ["credential"]
        case .onBehalfOf: ["exchange"]
        case .restrictedUser: ["exchange", "reissue"]
        }
    }
}
