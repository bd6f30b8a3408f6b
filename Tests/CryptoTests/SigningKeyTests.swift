import Crypto
import StrictCoding
import Testing

@Suite struct SigningKeyTests {
    @Test func whatAKeySignsItsPublicHalfVerifies() throws {
        let key = try SigningKey.generate()
        let publicKey = try key.verificationKey()
        for count in [0, 1, 1000] {
            let message = SystemRandom.bytes(count)
            let signature = try key.sign(message)
            #expect(signature.count == 64)
            #expect(publicKey.verify(signature: signature, message: message, scheme: .ecdsa(.p256)))
            #expect(!publicKey.verify(signature: signature, message: message + [0], scheme: .ecdsa(.p256)))
            #expect(!publicKey.verify(signature: signature, message: message, scheme: .ed25519))
        }
    }

    /// One signature in 128 has an r or s with leading zeros, which DER leaves out and r‖s does not.
    @Test func shortNumbersKeepTheirWidth() throws {
        let key = try SigningKey.generate()
        let publicKey = try key.verificationKey()
        for index in 0..<1500 {
            let message = withUnsafeBytes(of: index) { Array($0) }
            #expect(publicKey.verify(signature: try key.sign(message), message: message, scheme: .ecdsa(.p256)))
        }
    }

    @Test func severalThreadsSignAndVerifyAtOnce() async throws {
        let key = try SigningKey.generate()
        let publicKey = try key.verificationKey()
        let verified = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    (0..<200).count { index in
                        let message = [UInt8(task), UInt8(index)]
                        guard let signature = try? key.sign(message) else { return false }
                        return publicKey.verify(signature: signature, message: message, scheme: .ecdsa(.p256))
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(verified == 1600)
    }

    @Test func aKeySurvivesItsPEM() throws {
        let key = try SigningKey.generate()
        let copy = try SigningKey(pem: key.pem)
        #expect(copy.publicPoint == key.publicPoint)
        #expect(key.pem.withBytes { $0.starts(with: "-----BEGIN PRIVATE KEY-----\n".utf8) })
        let message: [UInt8] = [1, 2, 3]
        #expect(
            try key.verificationKey().verify(signature: copy.sign(message), message: message, scheme: .ecdsa(.p256)))
    }

    @Test func theOlderPEMFormIsRead() throws {
        let key = try SigningKey(pem: Array(PEMSamples.sec1.utf8))
        // As `openssl ec -text` shows it.
        #expect(
            Hex.encode(key.publicPoint.x)
                == Array("38aa9d6438981b9b762a94dbd7ab1d37530150296dc0c131c193e694549350a3".utf8))
    }

    @Test(
        arguments: [
            ("", .notPEM), ("hello", .notPEM),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", .notPEM),
            (PEMSamples.encrypted, .notPEM), (PEMSamples.p384, .wrongKeyType("secp384r1")),
            (PEMSamples.ed25519, .wrongKeyType("ED25519")),
            (PEMSamples.foreignPublicKey, .invalidKey),
        ] as [(String, CryptoError)])
    func otherPEMIsRefused(pem: String, error: CryptoError) {
        #expect(throws: error) { try SigningKey(pem: Array(pem.utf8)) }
    }
}
