import COpenSSL

/// Owns an `EVP_PKEY` and a context ready for its one operation.
///
/// Keys are immutable once made; the context is a template that is only copied. Both may be used by several threads at
/// once.
final class KeyHandle: Sendable {
    nonisolated(unsafe) let key: OpaquePointer
    nonisolated(unsafe) private let template: OpaquePointer?

    /// Takes over `key`. `prepare` makes the template ready, such as `EVP_PKEY_sign_init`; without it, contexts are
    /// plain.
    init(owning key: OpaquePointer, prepare: ((OpaquePointer) -> Int32)? = nil) throws(CryptoError) {
        self.key = key
        self.template = EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        guard let template else { throw .failed(operation: "EVP_PKEY_CTX_new_from_pkey") }
        if let prepare, !LibCrypto.succeeded(prepare(template)) { throw .failed(operation: "EVP_PKEY_CTX") }
    }

    deinit {
        EVP_PKEY_CTX_free(template)
        EVP_PKEY_free(key)
    }

    /// Runs `body` with a context of its own. Copying the template costs less than preparing a new one, and no lock is
    /// held.
    func withContext<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        guard let context = EVP_PKEY_CTX_dup(template) else { fatalError("libcrypto could not allocate a context") }
        defer { EVP_PKEY_CTX_free(context) }
        return body(context)
    }
}
