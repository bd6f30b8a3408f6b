import COpenSSL

/// A public key that verifies signatures of its own type and of no other. Several threads may use it at once.
package final class VerificationKey: Sendable {
    package enum Kind: Hashable, Sendable {
        case rsa(modulusBytes: Int)
        case ec(Curve)
        case ed25519
    }

    package let kind: Kind

    private let handle: KeyHandle

    /// An RSA key from its big-endian numbers without leading zeros: modulus odd and of 2048 to 8192 bits (RFC 7518,
    /// section 3.3; longer ones only cost time), exponent odd and from 3 to 2^32, and not from the generator that made
    /// factorable keys.
    package init(rsaModulus modulus: [UInt8], exponent: [UInt8]) throws(CryptoError) {
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard (2048...8192).contains(bits) else { throw .wrongKeySize(bits: bits) }
        guard modulus.first != 0, modulus.last.map({ $0 & 1 }) == 1, exponent.first != 0, exponent.count <= 4,
            case let value = exponent.reduce(UInt64(0), { $0 << 8 | UInt64($1) }), value >= 3, value & 1 == 1
        else { throw .invalidKey }
        guard !ROCA.hasFingerprint(modulus) else { throw .invalidKey }
        kind = .rsa(modulusBytes: modulus.count)
        handle = try KeyHandle(
            owning: PublicKeyData.rsa(modulus: modulus, exponent: exponent), prepare: EVP_PKEY_verify_init)
    }

    /// A point on `curve` from its coordinates, each of exactly the curve's width.
    package init(curve: Curve, x: [UInt8], y: [UInt8]) throws(CryptoError) {
        guard x.count == curve.coordinateBytes, y.count == curve.coordinateBytes else { throw .invalidKey }
        kind = .ec(curve)
        handle = try KeyHandle(owning: PublicKeyData.ec(curve, point: [0x04] + x + y), prepare: EVP_PKEY_verify_init)
    }

    /// An Ed25519 public key of 32 bytes.
    package init(ed25519 bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count == 32, let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else {
            ERR_clear_error()
            throw .invalidKey
        }
        kind = .ed25519
        handle = try KeyHandle(owning: key)
    }

    /// Whether `signature` is one of `message` by the owner of this key, made with exactly `scheme`. A scheme of
    /// another key type is false.
    package func verify(signature: [UInt8], message: [UInt8], scheme: SignatureScheme) -> Bool {
        switch (scheme, kind) {
        case (.rsaPKCS1(let hash), .rsa(let modulusBytes)):
            verifyRSA(signature, message, hash, padding: RSA_PKCS1_PADDING, modulusBytes)
        case (.rsaPSS(let hash), .rsa(let modulusBytes)):
            verifyRSA(signature, message, hash, padding: RSA_PKCS1_PSS_PADDING, modulusBytes)
        case (.ecdsa(let curve), .ec(let own)) where curve == own:
            verifyECDSA(signature, message, curve)
        case (.ed25519, .ed25519):
            verifyEd25519(signature, message)
        case (.rsaPKCS1, _), (.rsaPSS, _), (.ecdsa, _), (.ed25519, _):
            false
        }
    }

    private func verifyRSA(
        _ signature: [UInt8], _ message: [UInt8], _ hash: HashFunction, padding: Int32, _ modulusBytes: Int
    ) -> Bool {
        guard signature.count == modulusBytes else { return false }
        let digest = message.withUnsafeBytes { hash.digest($0) }
        return handle.withContext { context in
            guard LibCrypto.succeeded(EVP_PKEY_CTX_set_rsa_padding(context, padding)),
                LibCrypto.succeeded(EVP_PKEY_CTX_set_signature_md(context, hash.method))
            else { return false }
            if padding == RSA_PKCS1_PSS_PADDING,
                !LibCrypto.succeeded(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, Int32(hash.length)))
            {
                return false
            }
            return LibCrypto.succeeded(EVP_PKEY_verify(context, signature, signature.count, digest, digest.count))
        }
    }

    private func verifyECDSA(_ signature: [UInt8], _ message: [UInt8], _ curve: Curve) -> Bool {
        guard signature.count == 2 * curve.coordinateBytes else { return false }
        let digest = message.withUnsafeBytes { curve.hash.digest($0) }
        // libcrypto refuses r or s of zero or not below the group's order (FIPS 186-4, section 6.4.2).
        let der = ECDSASignature.der(signature)
        return handle.withContext { LibCrypto.succeeded(EVP_PKEY_verify($0, der, der.count, digest, digest.count)) }
    }

    private func verifyEd25519(_ signature: [UInt8], _ message: [UInt8]) -> Bool {
        guard signature.count == 64 else { return false }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        return LibCrypto.succeeded(EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, handle.key, nil))
            && LibCrypto.succeeded(EVP_DigestVerify(context, signature, signature.count, message, message.count))
    }
}
