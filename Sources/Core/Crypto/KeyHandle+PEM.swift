import COpenSSL

// Private keys as text, whatever they are for.
extension KeyHandle {
    /// One unencrypted private key of any type in PEM. The caller owns it.
    static func privateKey(in pem: SecretBytes) throws(CryptoError) -> OpaquePointer {
        let key = pem.withBytes { bytes -> OpaquePointer? in
            let input = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(input) }
            // Without a callback libcrypto would ask the terminal for the passphrase of an encrypted key.
            return PEM_read_bio_PrivateKey_ex(input, nil, { _, _, _, _ in -1 }, nil, nil, nil)
        }
        guard let key else {
            ERR_clear_error()
            throw .notPEM
        }
        return key
    }

    /// The private key in PEM (PKCS #8, unencrypted).
    var pem: SecretBytes {
        let output = BIO_new(BIO_s_mem())
        // Freeing a memory BIO overwrites what it held.
        defer { BIO_free(output) }
        var start: UnsafeMutableRawPointer?
        guard PEM_write_bio_PKCS8PrivateKey(output, key, nil, nil, 0, nil, nil) == 1,
            case let count = BIO_ctrl(output, BIO_CTRL_INFO, 0, &start), count > 0
        else { fatalError("libcrypto could not allocate a PEM text") }
        return SecretBytes(count: count) { $0.copyMemory(from: UnsafeRawBufferPointer(start: start, count: count)) }
    }
}
