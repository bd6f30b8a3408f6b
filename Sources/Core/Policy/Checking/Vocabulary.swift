import StrictCoding

/// Every name that a policy declares, collected before references are read, so that the order of sections does not
/// matter.
struct Vocabulary {
    let issuers: [ByteString: Int]
    let services: Set<ByteString>
    /// All scopes of all servers.
    let scopes: Set<ByteString>

    init(issuers: NamedFields, services: NamedFields, servers: NamedFields) {
        var positions: [ByteString: Int] = [:]
        for (index, name) in issuers.names.enumerated() { positions[name] = index }
        self.issuers = positions
        self.services = Set(services.names)
        scopes = Set(servers.fields.flatMap { $0.field.node["scopes"]?.texts ?? [] })
    }

    /// The position of the issuer that `field` names.
    func issuer(_ field: Field, _ report: inout Report) -> Int? {
        guard let name = field.text(&report) else { return nil }
        guard let index = issuers[name] else {
            report.error(
                field.place, "\(field.quotedPath) refers to issuer \(Quotation.of(name)), which is not declared",
                help: Suggestion.help(for: name, among: issuers.keys) ?? "declare it under `issuers`")
            return nil
        }
        return index
    }

    /// The name of the service that `field` names.
    func service(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let name = field.text(&report) else { return nil }
        guard services.contains(name) else {
            report.error(
                field.place, "\(field.quotedPath) refers to service \(Quotation.of(name)), which is not declared",
                help: Suggestion.help(for: name, among: services) ?? "declare it under `services`")
            return nil
        }
        return name
    }
}

/// Looking ahead without reporting: what is wrong here is reported where it is read.
extension Node {
    fileprivate subscript(_ key: ByteString) -> Node? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    fileprivate var texts: [ByteString] {
        guard case .list(let nodes) = content else { return [] }
        return nodes.compactMap { node in
            guard case .scalar(let text, isPlain: _) = node.content else { return nil }
            return text
        }
    }
}
