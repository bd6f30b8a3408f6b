import Crypto
import TLS

/// Files with certificates and keys: what is read is whole and bounded, and nothing that is not a certificate with its
/// own key is ever shown.
///
/// The input is a PEM text; an empty line; another one, taken for a key.
enum Certificates {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let parts = ByteFeed.parts(of: input, 2)
        let certificates = SecretBytes(parts[0] ?? [])
        if let summary = try? CertificateSummary.reading(certificates) {
            for name in summary.subjectNames {
                try promise(!name.isEmpty && name.utf8.count <= input.count, "a name of \(name.utf8.count) bytes")
            }
        }
        let identity = TLSIdentity(certificates: certificates, key: SecretBytes(parts[1] ?? []))
        let server = try? ServerTLS(identity: identity, clients: .optional(authorities: certificates))
        let hasCertificate = parts[0]?.contains(Array("-----BEGIN".utf8)) == true
        try promise(server == nil || hasCertificate, "shown, though there is none")
        let client = try? ClientTLS(trust: .only(certificates))
        try promise(client == nil || hasCertificate, "believed, though there is none")
    }
}
