import COpenSSL

/// The operating system's randomness through libcrypto's generator. Core rooms take its output as a parameter.
package enum SystemRandom {
    package static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.initialize(repeating: 0)
            fill(UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        guard let start = buffer.baseAddress, !buffer.isEmpty else { return }
        // A process without entropy must stop: any value used instead would be a guessable secret.
        guard RAND_bytes(start.assumingMemoryBound(to: UInt8.self), Int32(buffer.count)) == 1 else {
            fatalError("the system's random generator failed")
        }
    }
}
