package import NIOCore
package import StrictCoding

/// How connections to an upstream are secured before the first byte of HTTP. The wire knows no TLS: a room of its own
/// makes these, and two of them are never the same, so that a connection which one has judged is not used where another
/// should have.
package final class UpstreamSecurity: Sendable, Hashable {
    /// The channel is connected and has `autoRead` off; its handlers take what comes next. Succeeds when the peer has
    /// proved to be `serverName`; fails with an `UpstreamFailure`, in which case the wire closes the channel.
    package typealias Secure =
        @Sendable (_ channel: any Channel, _ serverName: ByteString) -> EventLoopFuture<Void>

    package let secure: Secure

    package init(_ secure: @escaping Secure) {
        self.secure = secure
    }

    package static func == (one: UpstreamSecurity, other: UpstreamSecurity) -> Bool { one === other }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// How connections that clients open are secured: adds its handlers to a channel that has none yet, on its loop. Asked
/// anew for every connection, so that what it adds may change while the listener stands.
package struct ListenerSecurity: Sendable {
    package typealias Secure = @Sendable (_ channel: any Channel) throws -> Void

    package let secure: Secure

    package init(_ secure: @escaping Secure) {
        self.secure = secure
    }
}

/// Why there is no TLS connection to a peer.
package enum TLSFault: Error, Hashable, Sendable {
    case certificateExpired
    case certificateNotYetValid
    /// The certificate is for other names.
    case wrongName
    /// Nobody whom we trust vouches for the certificate.
    case unknownAuthority
    case selfSigned
    /// The certificate is not one for this use, too weak, or malformed.
    case badCertificate
    /// No version or cipher in common, or no TLS at all.
    case noCommonGround
    /// The peer wants a certificate of ours, or another one.
    case clientCertificateRefused
    case handshakeTimeout
    /// The peer left during the handshake.
    case closed
    /// What the peer sent is no TLS, or it sent a fatal alert; the number is the alert's where there is one.
    case violation(alert: UInt8?)

    /// A stable name for metrics, logs and audit records.
    package var code: StaticString {
        switch self {
        case .certificateExpired: "tls_certificate_expired"
        case .certificateNotYetValid: "tls_certificate_not_yet_valid"
        case .wrongName: "tls_wrong_name"
        case .unknownAuthority: "tls_unknown_authority"
        case .selfSigned: "tls_self_signed"
        case .badCertificate: "tls_bad_certificate"
        case .noCommonGround: "tls_no_common_ground"
        case .clientCertificateRefused: "tls_client_certificate_refused"
        case .handshakeTimeout: "tls_handshake_timeout"
        case .closed: "tls_closed"
        case .violation: "tls_violation"
        }
    }

    /// What it means, for the one who has to mend it.
    package var explanation: String {
        switch self {
        case .certificateExpired: "its certificate has expired"
        case .certificateNotYetValid: "its certificate is not valid yet"
        case .wrongName: "its certificate is for another name"
        case .unknownAuthority: "its certificate is signed by an authority that is not trusted here"
        case .selfSigned: "its certificate is signed by itself and not trusted here"
        case .badCertificate: "its certificate cannot be used"
        case .noCommonGround: "no TLS version and cipher in common"
        case .clientCertificateRefused: "it wants a client certificate, or another one"
        case .handshakeTimeout: "the TLS handshake did not end in time"
        case .closed: "it left during the TLS handshake"
        case .violation(let alert?): "it ended the TLS handshake with alert \(alert)"
        case .violation(nil): "what it sent is not TLS"
        }
    }
}
