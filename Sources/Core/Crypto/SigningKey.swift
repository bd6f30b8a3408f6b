import COpenSSL

/// A private key on P-256 that signs with ECDSA and SHA-256 (JOSE's ES256). Several threads may sign with it at once.
package final class SigningKey: Sendable {
    /// The coordinates of the public point, 32 bytes each.
    package let publicPoint: (x: [UInt8], y: [UInt8])

    private let handle: KeyHandle

    package static func generate() throws(CryptoError) -> SigningKey {
        let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard LibCrypto.succeeded(EVP_PKEY_keygen_init(context)),
            LibCrypto.succeeded(EVP_PKEY_CTX_set_group_name(context, Curve.p256.groupName.cString)),
            LibCrypto.succeeded(EVP_PKEY_generate(context, &key)), let key
        else { throw .failed(operation: "EVP_PKEY_generate") }
        return try SigningKey(owning: key)
    }

    /// Reads one unencrypted private key in PEM (PKCS #8, or SEC 1) and checks that its parts belong together.
    package convenience init(pem: SecretBytes) throws(CryptoError) {
        try self.init(owning: KeyHandle.privateKey(in: pem))
        try check()
    }

    package convenience init(pem: [UInt8]) throws(CryptoError) {
        try self.init(pem: SecretBytes(pem))
    }

    private init(owning key: OpaquePointer) throws(CryptoError) {
        let type = Self.typeName(of: key)
        guard type == Curve.p256.groupName.description else {
            EVP_PKEY_free(key)
            throw .wrongKeyType(type)
        }
        handle = try KeyHandle(owning: key, prepare: EVP_PKEY_sign_init)
        guard let x = Self.coordinate(OSSL_PKEY_PARAM_EC_PUB_X, of: key),
            let y = Self.coordinate(OSSL_PKEY_PARAM_EC_PUB_Y, of: key)
        else { throw .invalidKey }
        publicPoint = (x, y)
    }

    /// The ES256 signature of `message`: r‖s, 64 bytes. About 30 µs; two signatures of one message differ.
    package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
        let digest = SHA256.digest(message)
        // A DER sequence of two integers of up to 33 bytes.
        var der = [UInt8](repeating: 0, count: 80)
        var length = der.count
        let result = handle.withContext { EVP_PKEY_sign($0, &der, &length, digest, digest.count) }
        guard LibCrypto.succeeded(result),
            let raw = ECDSASignature.raw(der[..<length], width: Curve.p256.coordinateBytes)
        else {
            throw .failed(operation: "EVP_PKEY_sign")
        }
        return raw
    }

    /// The public half.
    package func verificationKey() throws(CryptoError) -> VerificationKey {
        try VerificationKey(curve: .p256, x: publicPoint.x, y: publicPoint.y)
    }

    /// The key in PEM (PKCS #8, unencrypted), to be stored where only its owner reads it.
    package var pem: SecretBytes { handle.pem }

    private func check() throws(CryptoError) {
        let isConsistent = handle.withContext { LibCrypto.succeeded(EVP_PKEY_check($0)) }
        guard isConsistent else { throw .invalidKey }
    }

    /// The curve of an EC key, or what other type of key it is.
    private static func typeName(of key: OpaquePointer) -> String {
        var name = [CChar](repeating: 0, count: 64)
        if EVP_PKEY_is_a(key, "EC") == 1, LibCrypto.succeeded(EVP_PKEY_get_group_name(key, &name, name.count, nil)) {
            return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        }
        return EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
    }

    private static func coordinate(_ name: String, of key: OpaquePointer) -> [UInt8]? {
        var number: OpaquePointer?
        guard LibCrypto.succeeded(EVP_PKEY_get_bn_param(key, name, &number)) else { return nil }
        defer { BN_free(number) }
        let width = Curve.p256.coordinateBytes
        var bytes = [UInt8](repeating: 0, count: width)
        return BN_bn2binpad(number, &bytes, Int32(width)) == Int32(width) ? bytes : nil
    }
}
