import COpenSSL
package import Crypto

/// What is worth knowing of a certificate before it is used, and before it expires.
package struct CertificateSummary: Hashable, Sendable {
    /// The names that the certificate is for: DNS names, wildcards among them, and IP addresses in their canonical
    /// text.
    package let subjectNames: [String]
    /// Unix seconds.
    package let notBefore: Int64
    package let notAfter: Int64

    /// Reads the first certificate of a PEM text; the others must be readable.
    package static func reading(_ pem: SecretBytes) throws(TLSMaterialFault) -> CertificateSummary {
        let bundle = try PEMBundle(reading: pem)
        defer { withExtendedLifetime(bundle) {} }
        guard let first = bundle.certificates.first else { throw .noCertificate }
        guard let notBefore = seconds(X509_get0_notBefore(first)), let notAfter = seconds(X509_get0_notAfter(first))
        else { throw .malformedCertificate }
        return CertificateSummary(subjectNames: names(of: first), notBefore: notBefore, notAfter: notAfter)
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        let epoch = ASN1_TIME_set(nil, 0)
        defer { ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    private static func names(of certificate: OpaquePointer) -> [String] {
        guard let list = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(list)
        defer { bulla_general_names_free(names) }
        return (0..<bulla_general_names_count(names)).compactMap { index in
            var bytes: UnsafePointer<UInt8>?
            var count: Int32 = 0
            let kind = bulla_general_name(names, index, &bytes, &count)
            guard let bytes, count > 0 else { return nil }
            let value = UnsafeBufferPointer(start: bytes, count: Int(count))
            switch kind {
            case GEN_DNS: return String(decoding: value, as: UTF8.self)
            case GEN_IPADD: return IPLiteral.text(of: value)
            default: return nil
            }
        }
    }
}
