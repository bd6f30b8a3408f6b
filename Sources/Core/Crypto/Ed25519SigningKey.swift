import COpenSSL

/// A private key that signs with PureEdDSA on Ed25519 (RFC 8032). Several threads may sign with it at once.
package final class Ed25519SigningKey: Sendable {
    /// The public key in the 32 bytes of RFC 8032, section 5.1.5.
    package let publicKey: [UInt8]

    private let handle: KeyHandle

    package static func generate() throws(CryptoError) -> Ed25519SigningKey {
        try Ed25519SigningKey(seed: .random(seedBytes))
    }

    /// The key that RFC 8032 makes of these 32 bytes, which it calls the private key.
    package convenience init(seed: SecretBytes) throws(CryptoError) {
        guard seed.count == Self.seedBytes else { throw .invalidKey }
        let key = seed.withBytes {
            EVP_PKEY_new_raw_private_key(
                EVP_PKEY_ED25519, nil, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
        }
        guard let key else {
            ERR_clear_error()
            throw .failed(operation: "EVP_PKEY_new_raw_private_key")
        }
        try self.init(owning: key)
    }

    /// Reads one unencrypted private key in PEM (PKCS #8, RFC 8410). The public half is computed from it.
    package convenience init(pem: SecretBytes) throws(CryptoError) {
        try self.init(owning: KeyHandle.privateKey(in: pem))
    }

    private init(owning key: OpaquePointer) throws(CryptoError) {
        guard EVP_PKEY_is_a(key, "ED25519") == 1 else {
            let type = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
            EVP_PKEY_free(key)
            throw .wrongKeyType(type)
        }
        handle = try KeyHandle(owning: key)
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard LibCrypto.succeeded(EVP_PKEY_get_raw_public_key(key, &bytes, &count)), count == bytes.count else {
            throw .invalidKey
        }
        publicKey = bytes
    }

    /// The signature of `message`, 64 bytes; always the same for one message.
    package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: Self.signatureBytes)
        var count = signature.count
        guard LibCrypto.succeeded(EVP_DigestSignInit_ex(context, nil, nil, nil, nil, handle.key, nil)),
            LibCrypto.succeeded(EVP_DigestSign(context, &signature, &count, message, message.count)),
            count == signature.count
        else { throw .failed(operation: "EVP_DigestSign") }
        return signature
    }

    /// The public half.
    package func verificationKey() throws(CryptoError) -> VerificationKey {
        try VerificationKey(ed25519: publicKey)
    }

    /// The key in PEM (PKCS #8, unencrypted), to be stored where only its owner reads it.
    package var pem: SecretBytes { handle.pem }

    private static let seedBytes = 32
    private static let signatureBytes = 64
}
