import Crypto
import StrictCoding
import Testing

@Suite struct VerificationKeyTests {
    /// An odd number of `bits` bits. What is signed with it does not matter here.
    static func modulus(bits: Int) -> [UInt8] {
        var modulus = [UInt8](repeating: 0xB5, count: (bits + 7) / 8)
        modulus[0] = bits.isMultiple(of: 8) ? 0x80 : 1 << UInt8(bits % 8 - 1)
        return modulus
    }

    @Test(arguments: [2048, 2049, 3072, 4096, 8192])
    func rsaKeysOfUsualSizesAreTaken(bits: Int) throws {
        let key = try VerificationKey(rsaModulus: Self.modulus(bits: bits), exponent: [1, 0, 1])
        #expect(key.kind == .rsa(modulusBytes: (bits + 7) / 8))
    }

    @Test(arguments: [0, 8, 512, 1024, 2047, 8193, 16384])
    func rsaKeysOfOtherSizesAreRefused(bits: Int) {
        let modulus = bits == 0 ? [] : Self.modulus(bits: bits)
        #expect(throws: CryptoError.wrongKeySize(bits: bits)) {
            try VerificationKey(rsaModulus: modulus, exponent: [3])
        }
    }

    @Test(
        arguments: [
            [], [0], [1], [2], [4], [1, 0, 0], [0, 3], [0, 1, 0, 1], [1, 0, 0, 0, 1],
            [UInt8](repeating: 0xFF, count: 256),
        ] as [[UInt8]])
    func rsaExponentsAreOddAndBounded(exponent: [UInt8]) {
        #expect(throws: CryptoError.invalidKey) {
            try VerificationKey(rsaModulus: Self.modulus(bits: 2048), exponent: exponent)
        }
    }

    @Test func anEvenModulusOrOneWithALeadingZeroIsRefused() {
        var even = Self.modulus(bits: 2048)
        even[255] = 0xB4
        #expect(throws: CryptoError.invalidKey) { try VerificationKey(rsaModulus: even, exponent: [3]) }
        let padded = [0] + Self.modulus(bits: 2048)
        #expect(throws: CryptoError.invalidKey) { try VerificationKey(rsaModulus: padded, exponent: [3]) }
    }

    @Test func pointsMustLieOnTheirCurve() throws {
        let point = try SigningKey.generate().publicPoint
        _ = try VerificationKey(curve: .p256, x: point.x, y: point.y)
        var y = point.y
        y[31] ^= 1
        let zero = [UInt8](repeating: 0, count: 32)
        for (x, y) in [
            (point.x, y), (point.y, point.x), (zero, zero), (point.x, zero),
            ([UInt8](repeating: 0xFF, count: 32), point.y),
        ] {
            #expect(throws: CryptoError.invalidKey) { try VerificationKey(curve: .p256, x: x, y: y) }
        }
        for (x, y) in [(point.x, Array(point.y.dropLast())), ([0] + point.x, point.y), ([], [])] {
            #expect(throws: CryptoError.invalidKey) { try VerificationKey(curve: .p256, x: x, y: y) }
        }
        #expect(throws: CryptoError.invalidKey) { try VerificationKey(curve: .p384, x: point.x, y: point.y) }
    }

    @Test(arguments: [0, 31, 33, 64])
    func ed25519KeysHave32Bytes(count: Int) {
        #expect(throws: CryptoError.invalidKey) { try VerificationKey(ed25519: [UInt8](repeating: 1, count: count)) }
    }

    /// RFC 7515, appendix A.3: the ES256 example.
    @Test func aPublishedSignatureVerifies() throws {
        let key = try VerificationKey(
            curve: .p256, x: Base64URL.decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            y: Base64URL.decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))
        let message: ByteString =
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        let signature = try Base64URL.decode(
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
        #expect(key.verify(signature: signature, message: message.bytes, scheme: .ecdsa(.p256)))
        let swapped = Array(signature[32...] + signature[..<32])
        for wrong in [
            [], Array(signature.dropLast()), signature + [0], [0] + signature, swapped,
            [UInt8](repeating: 0, count: 64),
        ] {
            #expect(!key.verify(signature: wrong, message: message.bytes, scheme: .ecdsa(.p256)))
        }
        for scheme in [.rsaPKCS1(.sha256), .rsaPSS(.sha256), .ecdsa(.p384), .ecdsa(.p521), .ed25519]
            as [SignatureScheme]
        {
            #expect(!key.verify(signature: signature, message: message.bytes, scheme: scheme))
        }
    }
}
