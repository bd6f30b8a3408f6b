/// Why certificates, a key or authorities cannot be used.
package enum TLSMaterialFault: Error, Hashable, Sendable {
    case noCertificate
    case malformedCertificate
    /// The certificate's key is too small, or its signature rests on a broken hash function.
    case weakCertificate
    case malformedKey
    case encryptedKey
    /// The key is not the one that the first certificate is about.
    case keyMismatch
    case weakKey
    case noAuthorities
    case malformedAuthorities
    /// More certificates, or more bytes, than any chain or list of authorities has.
    case tooLarge
    /// OpenSSL refused for a reason that is none of the above: memory, or a configuration of its own.
    case unusable

    /// What is wrong, for the one who has to mend it.
    package var explanation: String {
        switch self {
        case .noCertificate: "there is no certificate in PEM in it"
        case .malformedCertificate: "a certificate in it cannot be read"
        case .weakCertificate: "a certificate in it has too small a key or is signed with a broken hash function"
        case .malformedKey: "there is no private key in PEM in it, or one that cannot be read"
        case .encryptedKey: "the private key is encrypted, and nobody is there to enter its passphrase"
        case .keyMismatch: "the private key is not the one of the first certificate"
        case .weakKey: "the private key is too small"
        case .noAuthorities: "there is no certificate of an authority in it"
        case .malformedAuthorities: "a certificate of an authority in it cannot be read"
        case .tooLarge: "it is larger than certificates ever are"
        case .unusable: "the TLS library refuses to use it"
        }
    }
}
