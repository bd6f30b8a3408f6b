import COpenSSL
import HTTPWire
import StrictCoding

/// What a client's sessions have in common, and those that can be resumed.
final class ClientContext: Sendable {
    private let context: TLSContext
    private let cache = SessionCache()

    init(trust: TrustAnchors, identity: TLSIdentity?) throws(TLSMaterialFault) {
        context = try TLSContext(.client)
        switch trust {
        case .system: try context.trustSystem()
        case .only(let authorities): try context.trust(only: authorities, announcing: false)
        }
        if let identity { try context.show(identity) }
        let pointer = context.pointer
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        bulla_ctx_set_session_cache(pointer, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
        SSL_CTX_sess_set_new_cb(pointer) { ssl, session in
            guard let session, let keep = TLSSession.of(ssl)?.keepSession else { return 0 }
            keep(session)
            // The reference is ours now.
            return 1
        }
        SSL_CTX_set_cert_cb(
            pointer,
            { ssl, _ in
                TLSSession.of(ssl)?.wasAskedForCertificate = true
                return 1
            }, nil)
        let protocols = TLSContext.protocols
        guard SSL_CTX_set_alpn_protos(pointer, protocols, UInt32(protocols.count)) == 0 else { throw .unusable }
    }

    /// A session with whoever proves to be `name`: a DNS name, or the text of an IP address.
    func makeSession(with name: ByteString, port: Int) -> TLSSession? {
        let server = SessionCache.Server(name: name, port: port)
        return TLSSession(
            of: context, .client, owner: self, keepSession: { [cache] in cache.keep($0, for: server) },
            configure: { ssl in
                guard Self.expect(name, of: ssl) else { return false }
                cache.withSession(for: server) { _ = SSL_set_session(ssl, $0) }
                return true
            })
    }

    private static let maxNameBytes = 253

    /// The names of certificates are those of the subjectAltName extension (RFC 9525, section 2), and a wildcard is a
    /// whole label.
    private static func expect(_ name: ByteString, of ssl: OpaquePointer) -> Bool {
        var bytes = name.bytes[...]
        // The root of the DNS is not part of a certificate's names, nor of SNI (RFC 6066, section 3).
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        guard (1...maxNameBytes).contains(bytes.count), bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return false
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let parameters = SSL_get0_param(ssl)
        if let address = IPLiteral.bytes(of: text) {
            return X509_VERIFY_PARAM_set1_ip(parameters, address, address.count) == 1
        }
        X509_VERIFY_PARAM_set_hostflags(
            parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        return X509_VERIFY_PARAM_set1_host(parameters, text, 0) == 1 && bulla_ssl_set_server_name(ssl, text) == 1
    }
}
