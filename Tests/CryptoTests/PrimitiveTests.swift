import Crypto
import StrictCoding
import Testing

@Suite struct PrimitiveTests {
    /// FIPS 180-4 examples.
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ] as [(ByteString, ByteString)])
    func sha256(message: ByteString, digest: ByteString) {
        #expect(Hex.encode(SHA256.digest(message.bytes)) == digest.bytes)
        #expect(SHA256.digest(message.bytes[...]) == SHA256.digest(message.bytes))
    }

    /// RFC 4231, sections 4.2, 4.3, 4.7 and 4.8.
    @Test(
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ] as [([UInt8], ByteString, ByteString)])
    func hmac(key: [UInt8], message: ByteString, code: ByteString) {
        #expect(Hex.encode(HMACSHA256.code(for: message.bytes, key: SecretBytes(key))) == code.bytes)
    }

    @Test func anEmptyKeyIsAKey() {
        let code = HMACSHA256.code(for: [], key: SecretBytes([]))
        #expect(Hex.encode(code) == Array("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad".utf8))
    }

    /// The first output block of RFC 5869, appendix A.3 differs only in its info, so the definition is checked instead.
    @Test func aDerivedKeyIsTheFirstBlockOfHKDFExpand() {
        let key = SecretBytes([UInt8](repeating: 7, count: 32))
        let derived = HMACSHA256.derive("session id", from: key)
        let expected = HMACSHA256.code(for: Array("session id".utf8) + [1], key: key)
        #expect(derived.withBytes { Array($0) } == expected)
        #expect(HMACSHA256.derive("audit", from: key).withBytes { Array($0) } != expected)
    }

    @Test func aSealedBoxOpensOnlyUnchangedAndWithItsKeyAndContext() {
        let key = SecretBytes.random(AESGCM.keyBytes)
        for count in [0, 1, 16, 1000] {
            let plaintext = SystemRandom.bytes(count)
            let box = AESGCM.seal(plaintext, key: key, aad: [1, 2])
            #expect(box.count == count + 28)
            #expect(AESGCM.open(box, key: key, aad: [1, 2]) == plaintext)
            #expect(AESGCM.open(box, key: key, aad: [1]) == nil)
            #expect(AESGCM.open(box, key: .random(32), aad: [1, 2]) == nil)
            #expect(AESGCM.open(Array(box.dropLast()), key: key, aad: [1, 2]) == nil)
            for index in stride(from: 0, to: box.count, by: 7) {
                var changed = box
                changed[index] ^= 1
                #expect(AESGCM.open(changed, key: key, aad: [1, 2]) == nil)
            }
        }
        #expect(AESGCM.open([], key: key, aad: []) == nil)
    }

    /// NIST's AES-256-GCM test case 14: a zero key, a zero nonce, one zero block.
    @Test func aBoxIsNonceCiphertextAndTag() {
        let box =
            Hex.decode("000000000000000000000000cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919".utf8)
            ?? []
        #expect(
            AESGCM.open(box, key: SecretBytes([UInt8](repeating: 0, count: 32)), aad: [])
                == [UInt8](repeating: 0, count: 16))
    }

    @Test func secretsDoNotDescribeThemselves() {
        let secret = SecretBytes(Array("hunter2".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
            #expect(text.contains("<secret>"))
            #expect(!text.contains("hunter2") && !text.contains("104"))
        }
        #expect(secret.count == 7)
        #expect(SystemRandom.bytes(32) != SystemRandom.bytes(32))
        #expect(SystemRandom.bytes(0).isEmpty)
    }
}
