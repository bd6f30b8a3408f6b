import COpenSSL

/// Authenticated encryption with AES-256-GCM (NIST SP 800-38D). A sealed box is nonce (12 bytes), ciphertext, tag (16
/// bytes).
///
/// Nonces are random, so one key must not seal more than 2^32 boxes.
package enum AESGCM {
    package static let keyBytes = 32
    private static let nonceBytes = 12
    private static let tagBytes = 16

    package static func seal(_ plaintext: [UInt8], key: SecretBytes, aad: [UInt8]) -> [UInt8] {
        precondition(key.count == keyBytes, "a sealing key has 32 bytes")
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        let nonce = SystemRandom.bytes(nonceBytes)
        var box = nonce + [UInt8](repeating: 0, count: plaintext.count + tagBytes)
        let isSealed = key.withBytes { key in
            box.withUnsafeMutableBufferPointer { box -> Bool in
                guard let start = box.baseAddress else { return false }
                var length: Int32 = 0
                return EVP_EncryptInit_ex2(context, LibCrypto.aes256GCM, bytes(key), nonce, nil) == 1
                    && EVP_EncryptUpdate(context, nil, &length, aad, Int32(aad.count)) == 1
                    && EVP_EncryptUpdate(context, start + nonceBytes, &length, plaintext, Int32(plaintext.count)) == 1
                    && EVP_EncryptFinal_ex(context, start + nonceBytes + plaintext.count, &length) == 1
                    && EVP_CIPHER_CTX_ctrl(
                        context, EVP_CTRL_AEAD_GET_TAG, Int32(tagBytes), start + nonceBytes + plaintext.count) == 1
            }
        }
        guard isSealed else { fatalError("libcrypto could not allocate a cipher") }
        return box
    }

    /// The plaintext, or nil when the box was not sealed with this key and `aad`, or was changed since.
    package static func open(_ box: [UInt8], key: SecretBytes, aad: [UInt8]) -> [UInt8]? {
        guard key.count == keyBytes, box.count >= nonceBytes + tagBytes else { return nil }
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var tag = Array(box.suffix(tagBytes))
        let ciphertext = Array(box[nonceBytes..<box.count - tagBytes])
        var plaintext = [UInt8](repeating: 0, count: ciphertext.count)
        let isOpened = key.withBytes { key in
            var length: Int32 = 0
            return LibCrypto.succeeded(EVP_DecryptInit_ex2(context, LibCrypto.aes256GCM, bytes(key), box, nil))
                && LibCrypto.succeeded(EVP_DecryptUpdate(context, nil, &length, aad, Int32(aad.count)))
                && LibCrypto.succeeded(
                    EVP_DecryptUpdate(context, &plaintext, &length, ciphertext, Int32(ciphertext.count)))
                && LibCrypto.succeeded(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagBytes), &tag))
                && LibCrypto.succeeded(EVP_DecryptFinal_ex(context, nil, &length))
        }
        return isOpened ? plaintext : nil
    }

    private static func bytes(_ key: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        key.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }
}
