import COpenSSL
import Crypto

/// The certificates of a PEM text, in its order.
final class PEMBundle {
    /// Of one text: the longest list of authorities that systems ship is far smaller.
    private static let maxCertificates = 1_000
    private static let maxBytes = 4 * 1024 * 1024

    /// As long as the bundle lives.
    let certificates: [OpaquePointer]

    /// What stands between certificates is skipped; of no certificate at all the list is empty.
    init(reading pem: SecretBytes) throws(TLSMaterialFault) {
        guard pem.count <= Self.maxBytes else { throw .tooLarge }
        ERR_clear_error()
        defer { ERR_clear_error() }
        var found: [OpaquePointer] = []
        let isWhole = pem.withBytes { bytes in
            let input = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(input) }
            while found.count <= Self.maxCertificates {
                // Without a callback libcrypto would ask the terminal for a passphrase.
                guard let certificate = PEM_read_bio_X509(input, nil, { _, _, _, _ in -1 }, nil) else {
                    // The end of the text is an error, too: no further line that begins something.
                    return bulla_err_reason(ERR_peek_last_error()) == PEM_R_NO_START_LINE
                }
                found.append(certificate)
            }
            return true
        }
        certificates = found
        guard isWhole else { throw .malformedCertificate }
        guard found.count <= Self.maxCertificates else { throw .tooLarge }
    }

    deinit {
        for certificate in certificates { X509_free(certificate) }
    }
}
