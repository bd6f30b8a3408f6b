/// The fingerprint of RSA keys from Infineon's broken generator (CVE-2017-15361, "ROCA"), whose private part can be
/// computed.
enum ROCA {
    /// Whether the big-endian `modulus` has it: modulo each of these primes it is a power of 65537, which chance brings
    /// about once in 2^27.
    static func hasFingerprint(_ modulus: [UInt8]) -> Bool {
        primes.allSatisfy { prime in
            let residue = modulus.reduce(0) { ($0 << 8 | Int($1)) % prime }
            return isPowerOfGenerator(residue, modulo: prime)
        }
    }

    // The primes up to 167 modulo which 65537 does not generate the whole group, as in the discoverers' detection tool.
    private static let primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157]

    private static func isPowerOfGenerator(_ residue: Int, modulo prime: Int) -> Bool {
        var power = 1
        repeat {
            if power == residue { return true }
            power = power * 65537 % prime
        } while power != 1
        return false
    }
}
