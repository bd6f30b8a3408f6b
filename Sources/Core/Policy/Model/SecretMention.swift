/// One place of a policy that refers to a secret, so that whoever cannot read it can say where it is asked for.
package struct SecretMention: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// Bytes that are sent, or handed to a server.
        case secret
        /// A client's private key, of which nothing ever leaves the gateway.
        case privateKey
        /// A private key in PEM of whatever kind TLS takes.
        case tlsKey
        /// Certificates in PEM, which are no secret.
        case certificates
    }

    package let reference: SecretReference
    package let kind: Kind
    package let place: Place
}

extension PolicySet {
    /// Of every secret that is sent or handed to a server, each once, in the order of clients, services and servers.
    package var secretReferences: [SecretReference] { references(of: .secret) }

    /// Of every private key, each once, in the order of the clients.
    package var keyReferences: [SecretReference] { references(of: .privateKey) }

    /// Where each reference is mentioned first.
    package var secretPlaces: [SecretReference: Place] {
        Dictionary(secretMentions.map { ($0.reference, $0.place) }, uniquingKeysWith: { first, _ in first })
    }

    private func references(of kind: SecretMention.Kind) -> [SecretReference] {
        var seen: Set<SecretReference> = []
        return secretMentions.lazy.filter { $0.kind == kind }.map(\.reference).filter { seen.insert($0).inserted }
    }
}
