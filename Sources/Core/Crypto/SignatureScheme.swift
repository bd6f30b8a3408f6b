/// A way to sign, with its hash function: what a key of the fitting type can be asked to verify.
package enum SignatureScheme: Hashable, Sendable {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2).
    case rsaPKCS1(HashFunction)
    /// RSASSA-PSS with MGF1 over the same hash and a salt of its length (RFC 7518, section 3.5).
    case rsaPSS(HashFunction)
    /// ECDSA on the curve with the hash function of its size; signatures are r‖s (RFC 7518, section 3.4).
    case ecdsa(Curve)
    /// PureEdDSA on Ed25519 (RFC 8032).
    case ed25519
}

/// An elliptic curve for ECDSA (FIPS 186-4).
package enum Curve: CaseIterable, Sendable {
    case p256, p384, p521

    /// Bytes of one coordinate, and of r and of s.
    package var coordinateBytes: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        }
    }

    package var hash: HashFunction {
        switch self {
        case .p256: .sha256
        case .p384: .sha384
        case .p521: .sha512
        }
    }

    /// The name by which libcrypto knows the curve.
    var groupName: StaticString {
        switch self {
        case .p256: "prime256v1"
        case .p384: "secp384r1"
        case .p521: "secp521r1"
        }
    }
}
