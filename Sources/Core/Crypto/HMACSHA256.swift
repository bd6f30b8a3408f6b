import COpenSSL

/// HMAC with SHA-256 (RFC 2104): 32 bytes.
package enum HMACSHA256 {
    package static func code(for message: [UInt8], key: SecretBytes) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
            write(message, key: key, to: UnsafeMutableRawBufferPointer(buffer))
            initialized = length
        }
    }

    /// A key for one purpose: the first block of HKDF-Expand (RFC 5869, section 2.3) with `label` as its info.
    ///
    /// `key` must be uniformly random. Different labels give independent keys.
    package static func derive(_ label: StaticString, from key: SecretBytes) -> SecretBytes {
        let info = UnsafeBufferPointer(start: label.utf8Start, count: label.utf8CodeUnitCount)
        return SecretBytes(count: length) { write(Array(info) + [0x01], key: key, to: $0) }
    }

    private static let length = 32

    private static func write(_ message: [UInt8], key: SecretBytes, to output: UnsafeMutableRawBufferPointer) {
        let context = EVP_MAC_CTX_dup(template)
        defer { EVP_MAC_CTX_free(context) }
        // HMAC pads a key with zeros, so an empty key is that of one zero byte; a null pointer would mean "keep the
        // former key".
        let isKeyed = key.withBytes { key in
            key.isEmpty ? EVP_MAC_init(context, [0], 1, nil) : EVP_MAC_init(context, key.baseAddress, key.count, nil)
        }
        let bytes = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard isKeyed == 1, EVP_MAC_update(context, message, message.count) == 1,
            EVP_MAC_final(context, bytes, nil, output.count) == 1
        else { fatalError("libcrypto could not allocate a message authentication code") }
    }

    /// A context that knows its digest. It is only ever copied, which many threads may do at once.
    nonisolated(unsafe) private static let template: OpaquePointer = {
        let context = EVP_MAC_CTX_new(LibCrypto.hmac)
        var digest = Array("SHA256".utf8CString)
        let isPrepared = digest.withUnsafeMutableBufferPointer { name -> Bool in
            let parameters = [
                OSSL_PARAM_construct_utf8_string(digestParameter.cString, name.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_CTX_set_params(context, parameters) == 1
        }
        guard let context, isPrepared else { preconditionFailure("libcrypto offers no HMAC with SHA-256") }
        return context
    }()

    /// The name of `OSSL_MAC_PARAM_DIGEST`.
    private static let digestParameter: StaticString = "digest"
}
