import StrictCoding

/// Reads `agents`, one after the other.
struct AgentReader {
    private struct Registration: Hashable {
        let issuer: Int
        let clientID: ByteString
    }

    private let vocabulary: Vocabulary
    private var owners: [Registration: ByteString] = [:]

    init(_ vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
    }

    mutating func read(_ name: ByteString, _ field: Field, _ report: inout Report) -> Agent? {
        guard let section = Section(field, PolicyKeys.agent, &report) else { return nil }
        let id = section["id"].flatMap { Self.id($0, &report) }
        let issuer = section["issuer"].flatMap { vocabulary.issuer($0, &report) }
        let clientID = section["client_id"]?.plainText(limit: 255, &report)
        guard let issuer, let clientID else { return nil }

        let registration = Registration(issuer: issuer, clientID: clientID)
        if let owner = owners[registration] {
            report.error(
                field.origin,
                "agents \(Quotation.of(owner)) and \(Quotation.of(name)) are the same client of the same issuer",
                help: "a client is one agent; remove one of them")
            return nil
        }
        owners[registration] = name
        guard let id else { return nil }
        return Agent(name: name, id: id, issuerIndex: issuer, clientID: clientID)
    }

    private static func id(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let id = field.plainText(limit: 255, &report) else { return nil }
        guard id != ("unknown" as ByteString), !id.bytes.starts(with: "client:".utf8) else {
            report.error(
                field.place, "agent id \(Quotation.of(id)) is reserved",
                help: "`unknown` and `client:…` stand for agents that this policy does not name")
            return nil
        }
        return id
    }
}
