package import Crypto

/// What a side shows in handshakes: PEM, the certificate first, then those that lead to its authority.
package struct TLSIdentity: Sendable {
    package let certificates: SecretBytes
    package let key: SecretBytes

    package init(certificates: SecretBytes, key: SecretBytes) {
        self.certificates = certificates
        self.key = key
    }
}

/// What a server asks of those who connect; authorities are PEM.
package enum ClientCertificatePolicy: Sendable {
    case none
    case optional(authorities: SecretBytes)
    case required(authorities: SecretBytes)
}

/// Whom a client believes.
package enum TrustAnchors: Sendable {
    case system
    case only(SecretBytes)
}
