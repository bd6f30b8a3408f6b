/// `gateway.tls`, `gateway.egress_tls`, `gateway.admin_tls`: how a listener proves who it is, and what it asks of who
/// connects.
package struct TLSSettings: Sendable, Hashable {
    /// What a client has to prove before the first byte of HTTP.
    package enum ClientCertificates: Sendable, Hashable {
        case none
        /// It may show a certificate; one that the authority did not sign ends the handshake.
        case optional(authority: SecretReference)
        case required(authority: SecretReference)
    }

    /// PEM: the certificate, then those that lead from it to its authority.
    package let certificate: SecretReference
    /// PEM.
    package let key: SecretReference
    package let clientCertificates: ClientCertificates

    package init(
        certificate: SecretReference, key: SecretReference, clientCertificates: ClientCertificates = .none
    ) {
        self.certificate = certificate
        self.key = key
        self.clientCertificates = clientCertificates
    }
}

/// Which listeners end TLS themselves; `nil` speaks plain HTTP.
package struct ListenerTLS: Sendable, Hashable {
    package var clients: TLSSettings?
    package var egress: TLSSettings?
    package var admin: TLSSettings?

    package init(clients: TLSSettings? = nil, egress: TLSSettings? = nil, admin: TLSSettings? = nil) {
        self.clients = clients
        self.egress = egress
        self.admin = admin
    }
}

/// Whom the gateway believes about a peer's certificate.
package enum CertificateAuthority: Sendable, Hashable {
    /// Those of the operating system.
    case system
    /// Those in a PEM file, and nobody else.
    case file(SecretReference)
}
