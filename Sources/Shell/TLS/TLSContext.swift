import COpenSSL
import Crypto

/// A configured `SSL_CTX`: what every session of one side has in common. Not changed once built, so that all loops may
/// make sessions from it.
final class TLSContext: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer

    /// The protocols that are spoken over TLS, in the form of ALPN (RFC 7301); HTTP/2 would be one more.
    static let protocols: [UInt8] = [8] + Array("http/1.1".utf8)

    /// Forward secrecy and authenticated encryption only (RFC 9325, section 4.2); AES first, which current hardware does
    /// fastest.
    private static let ciphers12 = """
        ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
        ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
        """
    private static let ciphers13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    private static let groups = "X25519:P-256:P-384"
    private static let signatures = """
        ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:rsa_pss_rsae_sha256:\
        rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:\
        rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512
        """
    /// Bytes of a peer's certificates, and how many may stand between its own and an authority's.
    private static let maxCertificateBytes = 64 * 1024
    private static let maxDepth: Int32 = 8
    /// How long a session may be resumed: so long a certificate that has been withdrawn may go on.
    static let sessionSeconds = 3600

    enum Side { case client, server }

    init(_ side: Side) throws(TLSMaterialFault) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        let method = side == .server ? TLS_server_method() : TLS_client_method()
        guard let context = SSL_CTX_new(method) else { throw .unusable }
        pointer = context
        SSL_CTX_set_security_level(context, 2)
        bulla_ctx_harden(context)
        bulla_ctx_set_max_cert_list(context, Self.maxCertificateBytes)
        SSL_CTX_set_verify_depth(context, Self.maxDepth)
        SSL_CTX_set_timeout(context, Self.sessionSeconds)
        guard bulla_ctx_set_min_version(context, TLS1_2_VERSION) == 1,
            SSL_CTX_set_cipher_list(context, Self.ciphers12) == 1,
            SSL_CTX_set_ciphersuites(context, Self.ciphers13) == 1,
            bulla_ctx_set_groups(context, Self.groups) == 1,
            bulla_ctx_set_signature_algorithms(context, Self.signatures) == 1
        else { throw .unusable }
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    /// Shows these certificates, proved with this key.
    func show(_ identity: TLSIdentity) throws(TLSMaterialFault) {
        let bundle = try PEMBundle(reading: identity.certificates)
        let chain = bundle.certificates
        guard let first = chain.first else { throw .noCertificate }
        guard chain.count <= Int(Self.maxDepth) else { throw .tooLarge }
        let key = try PrivateKeyHandle(reading: identity.key)
        ERR_clear_error()
        defer { withExtendedLifetime((bundle, key)) { ERR_clear_error() } }
        guard SSL_CTX_use_certificate(pointer, first) == 1 else { throw Self.certificateFault() }
        for certificate in chain.dropFirst() {
            guard bulla_ctx_add_chain_certificate(pointer, certificate) == 1 else { throw Self.certificateFault() }
        }
        guard X509_check_private_key(first, key.pointer) == 1 else { throw .keyMismatch }
        guard SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1 else { throw .weakKey }
    }

    /// Believes these authorities and no others.
    func trust(only authorities: SecretBytes, announcing: Bool) throws(TLSMaterialFault) {
        let anchors: PEMBundle
        do { anchors = try PEMBundle(reading: authorities) } catch .malformedCertificate { throw .malformedAuthorities }
        guard !anchors.certificates.isEmpty else { throw .noAuthorities }
        ERR_clear_error()
        defer { withExtendedLifetime(anchors) { ERR_clear_error() } }
        let store = SSL_CTX_get_cert_store(pointer)
        for certificate in anchors.certificates {
            guard X509_STORE_add_cert(store, certificate) == 1 else { throw .malformedAuthorities }
            if announcing { SSL_CTX_add_client_CA(pointer, certificate) }
        }
        // An intermediate that is named as an authority is one, whoever signed it.
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    }

    /// Believes whom the machine believes.
    func trustSystem() throws(TLSMaterialFault) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard SSL_CTX_set_default_verify_paths(pointer) == 1 else { throw .noAuthorities }
    }

    private static func certificateFault() -> TLSMaterialFault {
        switch bulla_err_reason(ERR_peek_last_error()) {
        case SSL_R_EE_KEY_TOO_SMALL, SSL_R_CA_KEY_TOO_SMALL, SSL_R_CA_MD_TOO_WEAK: .weakCertificate
        default: .unusable
        }
    }
}
