import COpenSSL
import Crypto

/// One generation of what a listener shows and asks for. Sessions of one are never resumed by another: the keys of
/// their tickets are gone, and the name of what they belong to is different.
final class ServerContext: Sendable {
    /// Tells generations apart: the digest of everything that they are made of.
    let digest: [UInt8]

    private let context: TLSContext
    private let tickets = TicketKeys()

    init(identity: TLSIdentity, clients: ClientCertificatePolicy) throws(TLSMaterialFault) {
        digest = Self.digest(identity, clients)
        context = try TLSContext(.server)
        try context.show(identity)
        let pointer = context.pointer
        bulla_ctx_prefer_server(pointer)
        // Tickets hold the sessions: nothing of them stays here.
        bulla_ctx_set_session_cache(pointer, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_alpn_select_cb(pointer, Self.selectProtocol, nil)
        guard tickets.install(in: context),
            SSL_CTX_set_session_id_context(pointer, digest, UInt32(digest.count)) == 1
        else { throw .unusable }
        switch clients {
        case .none:
            break
        case .optional(let authorities):
            try context.trust(only: authorities, announcing: true)
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        case .required(let authorities):
            try context.trust(only: authorities, announcing: true)
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }
        ERR_clear_error()
    }

    func makeSession() -> TLSSession? {
        TLSSession(of: context, .server, owner: self)
    }

    static func digest(_ identity: TLSIdentity, _ clients: ClientCertificatePolicy) -> [UInt8] {
        let (kind, authorities): (UInt8, SecretBytes?) =
            switch clients {
            case .none: (0, nil)
            case .optional(let authorities): (1, authorities)
            case .required(let authorities): (2, authorities)
            }
        let parts = [identity.certificates, identity.key] + (authorities.map { [$0] } ?? [])
        // Of digests, so that where one part ends cannot be mistaken.
        return SHA256.digest([kind] + parts.flatMap { part in part.withBytes { SHA256.digest($0) } })
    }

    private static let selectProtocol:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
            UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { _, selected, selectedCount, offered, offeredCount, _ in
            guard let selected, let selectedCount, let offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
            let ours = TLSContext.protocols
            var position = 0
            while position < Int(offeredCount) {
                let count = Int(offered[position])
                guard position + 1 + count <= Int(offeredCount) else { break }
                let offer = UnsafeBufferPointer(start: offered + position, count: 1 + count)
                if offer.elementsEqual(ours) {
                    // The answer points into the question, which outlives it.
                    selected.pointee = offered + position + 1
                    selectedCount.pointee = UInt8(count)
                    return SSL_TLSEXT_ERR_OK
                }
                position += 1 + count
            }
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
}
