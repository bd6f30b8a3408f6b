/// Why a key could not be read or used.
package enum CryptoError: Error, Equatable, Sendable {
    /// Not one unencrypted private key in PEM.
    case notPEM
    /// A key, but not of the kind asked for; the name is OpenSSL's.
    case wrongKeyType(String)
    /// Numbers that do not make a key: a point off its curve, an even exponent, private and public part that do not
    /// belong together.
    case invalidKey
    /// An RSA modulus outside 2048...8192 bits.
    case wrongKeySize(bits: Int)
    /// libcrypto refused an operation that cannot fail on valid arguments: out of memory, no entropy, a provider that
    /// lacks the algorithm.
    case failed(operation: StaticString)

    package static func == (left: CryptoError, right: CryptoError) -> Bool {
        switch (left, right) {
        case (.notPEM, .notPEM), (.invalidKey, .invalidKey): true
        case (.wrongKeyType(let left), .wrongKeyType(let right)): left == right
        case (.wrongKeySize(let left), .wrongKeySize(let right)): left == right
        case (.failed(let left), .failed(let right)): left.description == right.description
        default: false
        }
    }
}
