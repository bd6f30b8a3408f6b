package import Crypto
package import StrictCoding

/// A signature algorithm of JOSE (RFC 7518, RFC 8037, RFC 9864) that a token may carry: asymmetric ones only.
///
/// There is no case for `none` and none for HMAC, so neither an unsigned token nor one "signed" with a public key can
/// be expressed.
package enum Algorithm: CaseIterable, Hashable, Sendable {
    case rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, ed25519

    /// The algorithm that `alg` names, byte for byte. `EdDSA` means Ed25519, the only curve of it that is supported.
    package init?(name: ByteString) {
        if name.equals("EdDSA") {
            self = .ed25519
            return
        }
        guard let algorithm = Algorithm.allCases.first(where: { name.equals($0.name) }) else { return nil }
        self = algorithm
    }

    package var name: StaticString {
        switch self {
        case .rs256: "RS256"
        case .rs384: "RS384"
        case .rs512: "RS512"
        case .ps256: "PS256"
        case .ps384: "PS384"
        case .ps512: "PS512"
        case .es256: "ES256"
        case .es384: "ES384"
        case .es512: "ES512"
        case .ed25519: "Ed25519"
        }
    }

    package var scheme: SignatureScheme {
        switch self {
        case .rs256: .rsaPKCS1(.sha256)
        case .rs384: .rsaPKCS1(.sha384)
        case .rs512: .rsaPKCS1(.sha512)
        case .ps256: .rsaPSS(.sha256)
        case .ps384: .rsaPSS(.sha384)
        case .ps512: .rsaPSS(.sha512)
        case .es256: .ecdsa(.p256)
        case .es384: .ecdsa(.p384)
        case .es512: .ecdsa(.p521)
        case .ed25519: .ed25519
        }
    }

    /// The algorithms that a key of this kind can verify.
    static func fitting(_ kind: VerificationKey.Kind) -> Set<Algorithm> {
        switch kind {
        case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        case .ec(.p256): [.es256]
        case .ec(.p384): [.es384]
        case .ec(.p521): [.es512]
        case .ed25519: [.ed25519]
        }
    }
}
