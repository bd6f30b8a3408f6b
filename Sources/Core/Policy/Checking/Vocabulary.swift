import StrictCoding

/// Every name that a policy declares, collected before references are read, so that the order of sections does not
/// matter.
struct Vocabulary {
    /// What a server that names a service says of itself.
    struct Caller {
        let name: ByteString
        /// nil where it is no list.
        let scopes: [ByteString]?
        let issuers: [ByteString]?
    }

    let issuers: [ByteString: Int]
    /// In the order of their positions.
    let issuerNames: [ByteString]
    let clients: [ByteString: Int]
    let services: [ByteString: Int]
    /// All scopes of all servers.
    let scopes: Set<ByteString>
    private let callers: [ByteString: [Caller]]

    init(issuers: NamedFields, clients: NamedFields, services: NamedFields, servers: NamedFields) {
        self.issuers = Self.positions(issuers)
        issuerNames = issuers.names
        self.clients = Self.positions(clients)
        self.services = Self.positions(services)
        scopes = Set(servers.fields.flatMap { $0.field.node["scopes"]?.texts ?? [] })
        var callers: [ByteString: [Caller]] = [:]
        for (name, field) in servers.fields {
            let caller = Caller(
                name: name, scopes: field.node["scopes"]?.texts, issuers: field.node["issuers"]?.texts)
            for service in Set(field.node["services"]?.texts ?? []) { callers[service, default: []].append(caller) }
        }
        self.callers = callers
    }

    /// The servers that name `service`, in the order of the file.
    func callers(of service: ByteString) -> [Caller] {
        callers[service] ?? []
    }

    /// The position of the issuer that `field` names.
    func issuer(_ field: Field, _ report: inout Report) -> Int? {
        named("issuer", in: issuers, field, &report).flatMap { issuers[$0] }
    }

    /// The name of the client that `field` names.
    func client(_ field: Field, _ report: inout Report) -> ByteString? {
        named("client", in: clients, field, &report)
    }

    /// The name of the service that `field` names.
    func service(_ field: Field, _ report: inout Report) -> ByteString? {
        named("service", in: services, field, &report)
    }

    private func named(
        _ kind: String, in declared: [ByteString: Int], _ field: Field, _ report: inout Report
    ) -> ByteString? {
        guard let name = field.text(&report) else { return nil }
        guard declared[name] != nil else {
            report.error(
                field.place, "\(field.quotedPath) refers to \(kind) \(Quotation.of(name)), which is not declared",
                help: Suggestion.help(for: name, among: declared.keys) ?? "declare it under `\(kind)s`")
            return nil
        }
        return name
    }

    private static func positions(_ fields: NamedFields) -> [ByteString: Int] {
        Dictionary(zip(fields.names, fields.names.indices), uniquingKeysWith: { first, _ in first })
    }
}

/// Looking ahead without reporting: what is wrong here is reported where it is read.
extension Node {
    fileprivate subscript(_ key: ByteString) -> Node? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The texts of a list; nil when this is none.
    fileprivate var texts: [ByteString]? {
        guard case .list(let nodes) = content else { return nil }
        return nodes.compactMap { node in
            guard case .scalar(let text, isPlain: _) = node.content else { return nil }
            return text
        }
    }
}
