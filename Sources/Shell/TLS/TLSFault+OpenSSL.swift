import COpenSSL
import HTTPWire

extension TLSFault {
    /// What a failed handshake or a failed read means.
    ///
    /// - Parameter verification: the verdict on the peer's certificate so far.
    static func reading(
        _ error: UInt, verification: Int32, side: TLSContext.Side, wasAskedForCertificate: Bool
    ) -> TLSFault {
        guard bulla_err_library(error) == ERR_LIB_SSL else {
            return verification == X509_V_OK ? .violation(alert: nil) : ofCertificate(verification)
        }
        let reason = bulla_err_reason(error)
        switch reason {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return ofCertificate(verification)
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return .clientCertificateRefused
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS,
            SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_NO_SUITABLE_KEY_SHARE,
            SSL_R_NO_SUITABLE_GROUPS, SSL_R_WRONG_CIPHER_RETURNED, SSL_R_WRONG_SSL_VERSION, SSL_R_VERSION_TOO_LOW,
            SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_UNKNOWN_PROTOCOL:
            return .noCommonGround
        case SSL_R_WRONG_SIGNATURE_TYPE, SSL_R_EE_KEY_TOO_SMALL, SSL_R_CA_KEY_TOO_SMALL, SSL_R_CA_MD_TOO_WEAK,
            SSL_R_WRONG_CURVE, SSL_R_DH_KEY_TOO_SMALL, SSL_R_BAD_ECPOINT:
            return .badCertificate
        case alertBase...alertBase + 255:
            return ofAlert(UInt8(reason - alertBase), side, wasAskedForCertificate)
        default:
            return .violation(alert: nil)
        }
    }

    /// OpenSSL gives received alerts reasons of their own, from here on.
    private static let alertBase: Int32 = 1000

    private static func ofCertificate(_ verification: Int32) -> TLSFault {
        switch verification {
        case X509_V_ERR_CERT_HAS_EXPIRED: .certificateExpired
        case X509_V_ERR_CERT_NOT_YET_VALID: .certificateNotYetValid
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .wrongName
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_CERT_UNTRUSTED:
            .unknownAuthority
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: .selfSigned
        default: .badCertificate
        }
    }

    private static func ofAlert(_ alert: UInt8, _ side: TLSContext.Side, _ wasAskedForCertificate: Bool) -> TLSFault {
        switch Int32(alert) {
        case SSL_AD_PROTOCOL_VERSION, SSL_AD_INSUFFICIENT_SECURITY, SSL_AD_NO_APPLICATION_PROTOCOL: .noCommonGround
        case TLS13_AD_CERTIFICATE_REQUIRED where side == .client: .clientCertificateRefused
        case SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED,
            SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA, SSL_AD_ACCESS_DENIED:
            wasAskedForCertificate ? .clientCertificateRefused : .violation(alert: alert)
        // Before TLS 1.3 this is also how a server says that it misses a certificate.
        case SSL_AD_HANDSHAKE_FAILURE: wasAskedForCertificate ? .clientCertificateRefused : .noCommonGround
        default: .violation(alert: alert)
        }
    }
}
