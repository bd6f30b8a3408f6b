import Crypto
import StrictCoding
import Testing

@Suite struct Ed25519SigningKeyTests {
    /// RFC 8032, section 7.1: the first three tests.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ])
    func knownKeysSignAsTheyShould(seed: String, publicKey: String, message: String, signature: String) throws {
        let key = try Ed25519SigningKey(seed: SecretBytes(bytes(seed)))
        #expect(key.publicKey == bytes(publicKey))
        #expect(try key.sign(bytes(message)) == bytes(signature))
        #expect(
            try key.verificationKey().verify(signature: bytes(signature), message: bytes(message), scheme: .ed25519))
    }

    @Test func aKeySurvivesItsPEM() throws {
        let key = try Ed25519SigningKey.generate()
        let copy = try Ed25519SigningKey(pem: key.pem)
        #expect(copy.publicKey == key.publicKey)
        #expect(try copy.sign([1, 2, 3]) == key.sign([1, 2, 3]))
        #expect(key.pem.withBytes { $0.starts(with: "-----BEGIN PRIVATE KEY-----\n".utf8) })
        #expect(try Ed25519SigningKey.generate().publicKey != key.publicKey)
    }

    @Test func otherKeysAreRefused() throws {
        #expect(throws: CryptoError.notPEM) { try Ed25519SigningKey(pem: SecretBytes(Array("no key".utf8))) }
        #expect(throws: CryptoError.wrongKeyType("EC")) { try Ed25519SigningKey(pem: SigningKey.generate().pem) }
        #expect(throws: CryptoError.invalidKey) { try Ed25519SigningKey(seed: .random(31)) }
        #expect(throws: CryptoError.wrongKeyType("ED25519")) {
            try SigningKey(pem: Ed25519SigningKey.generate().pem)
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 1000])
    func aSharedContextMakesTheSameDigests(count: Int) {
        var context = SHA256Context()
        let message = SystemRandom.bytes(count)
        for _ in 0..<2 {
            var output = [UInt8](repeating: 0, count: 32)
            output.withUnsafeMutableBytes { output in message.withUnsafeBytes { context.digest($0, into: output) } }
            #expect(output == SHA256.digest(message))
            output.withUnsafeMutableBytes { output in
                message.withUnsafeBytes { context.digest(prefix: 7, $0, into: output) }
            }
            #expect(output == SHA256.digest([7] + message))
        }
    }

    private func bytes(_ hex: String) -> [UInt8] {
        Hex.decode(Array(hex.utf8)) ?? []
    }
}
