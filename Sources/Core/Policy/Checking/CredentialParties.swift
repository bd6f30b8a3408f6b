import StrictCoding

/// Whom credentials for services come from: the gateway's clients at issuers, as far as they could be read.
struct CredentialParties {
    private let vocabulary: Vocabulary
    private let clients: [ByteString: ClientRegistration]

    init(_ vocabulary: Vocabulary, clients: [ClientRegistration]) {
        self.vocabulary = vocabulary
        self.clients = Dictionary(clients.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The client that `field` names; nil when there is none, which is reported.
    func client(_ field: Field, _ report: inout Report) -> (position: Int, registration: ClientRegistration?)? {
        guard let name = vocabulary.client(field, &report), let position = vocabulary.clients[name] else { return nil }
        return (position, clients[name])
    }

    func issuerName(at position: Int) -> ByteString {
        vocabulary.issuerNames[position]
    }
}
