import COpenSSL
import Crypto

/// A private key read from PEM (PKCS #8, PKCS #1 or SEC 1), unencrypted.
final class PrivateKeyHandle {
    let pointer: OpaquePointer

    init(reading pem: SecretBytes) throws(TLSMaterialFault) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        let key = pem.withBytes { bytes -> OpaquePointer? in
            let input = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { BIO_free(input) }
            return PEM_read_bio_PrivateKey(input, nil, { _, _, _, _ in -1 }, nil)
        }
        guard let key else { throw Self.isEncrypted(pem) ? .encryptedKey : .malformedKey }
        pointer = key
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// Both forms say so in the clear: PKCS #8 by its label, the older ones by a `Proc-Type` header.
    private static func isEncrypted(_ pem: SecretBytes) -> Bool {
        pem.withBytes { contains($0, "ENCRYPTED") }
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        return (0...(bytes.count - count)).contains { start in
            (0..<count).allSatisfy { bytes[start + $0] == word.utf8Start[$0] }
        }
    }
}
