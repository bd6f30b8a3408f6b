import Policy
import TLS

/// What a listener shows and asks for, as the policy's references were read.
struct DoorMaterial: Sendable {
    let identity: TLSIdentity
    let clients: ClientCertificatePolicy

    init(_ settings: TLSSettings, _ secrets: PolicySecrets) {
        identity = TLSIdentity(
            certificates: secrets.secret(settings.certificate), key: secrets.secret(settings.key))
        clients =
            switch settings.clientCertificates {
            case .none: .none
            case .optional(let authority): .optional(authorities: secrets.secret(authority))
            case .required(let authority): .required(authorities: secrets.secret(authority))
            }
    }

    /// Unix seconds.
    var expires: Int64? { try? CertificateSummary.reading(identity.certificates).notAfter }
}

extension TLSSettings {
    /// Which of the files a fault is about.
    func reference(of fault: TLSMaterialFault) -> SecretReference {
        switch fault {
        case .malformedKey, .encryptedKey, .keyMismatch, .weakKey: key
        case .noAuthorities, .malformedAuthorities: authority ?? certificate
        case .noCertificate, .malformedCertificate, .weakCertificate, .tooLarge, .unusable: certificate
        }
    }

    var authority: SecretReference? {
        switch clientCertificates {
        case .none: nil
        case .optional(let authority), .required(let authority): authority
        }
    }
}
