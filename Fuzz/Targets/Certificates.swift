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
        let summary = try? CertificateSummary.reading(certificates)
        if let summary {
            for name in summary.subjectNames {
                try promise(!name.isEmpty && name.utf8.count <= input.count, "a name of \(name.utf8.count) bytes")
            }
        }
        let identity = TLSIdentity(certificates: certificates, key: SecretBytes(parts[1] ?? []))
        let server = try? ServerTLS(identity: identity, clients: .optional(authorities: certificates))
        try promise(server == nil || summary != nil, "shown, though it cannot be read")
        let client = try? ClientTLS(trust: .only(certificates))
        try promise(client == nil || summary != nil, "believed, though it cannot be read")
    }
}
