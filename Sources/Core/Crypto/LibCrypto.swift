import COpenSSL

/// Algorithms of libcrypto that are fetched once: an implicit fetch by every operation costs up to a third of a short
/// one.
///
/// Fetched methods are immutable and reference-counted, so every thread may use them.
enum LibCrypto {
    nonisolated(unsafe) static let sha256 = fetched(EVP_MD_fetch(nil, "SHA256", nil))
    nonisolated(unsafe) static let sha384 = fetched(EVP_MD_fetch(nil, "SHA384", nil))
    nonisolated(unsafe) static let sha512 = fetched(EVP_MD_fetch(nil, "SHA512", nil))
    nonisolated(unsafe) static let aes256GCM = fetched(EVP_CIPHER_fetch(nil, "AES-256-GCM", nil))
    nonisolated(unsafe) static let hmac = fetched(EVP_MAC_fetch(nil, "HMAC", nil))

    private static func fetched(_ method: OpaquePointer?) -> OpaquePointer {
        guard let method else { preconditionFailure("libcrypto offers no such algorithm") }
        return method
    }

    /// Passes on whether an operation succeeded. A failed one leaves errors in a queue of the thread, where TLS code on
    /// the same thread would take them for its own: they are removed.
    static func succeeded(_ result: Int32) -> Bool {
        if result == 1 { return true }
        ERR_clear_error()
        return false
    }
}

extension StaticString {
    /// The literal as C text that lives as long as the process. A Swift `String` passed to C lives only for that one
    /// call, and libcrypto's parameter lists keep the pointers they are given.
    var cString: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
