import COpenSSL

/// A hash function of the SHA-2 family (FIPS 180-4).
package enum HashFunction: CaseIterable, Sendable {
    case sha256, sha384, sha512

    /// Bytes of a digest.
    package var length: Int {
        switch self {
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    var method: OpaquePointer {
        switch self {
        case .sha256: LibCrypto.sha256
        case .sha384: LibCrypto.sha384
        case .sha512: LibCrypto.sha512
        }
    }

    package func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
            guard EVP_Digest(bytes.baseAddress, bytes.count, buffer.baseAddress, nil, method, nil) == 1 else {
                fatalError("libcrypto could not allocate a digest")
            }
            initialized = length
        }
    }
}

/// SHA-256 of bytes at hand; 32 bytes.
package enum SHA256 {
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { HashFunction.sha256.digest($0) }
    }

    package static func digest(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.withUnsafeBytes { HashFunction.sha256.digest($0) }
    }

    package static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        HashFunction.sha256.digest(bytes)
    }
}
