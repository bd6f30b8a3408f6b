import Crypto
import StrictCoding
import Testing

/// Project Wycheproof's signature vectors, judged by the primitive.
@Suite struct SignatureVectorTests {
    struct Vector: Sendable {
        let id: Int64
        let message: [UInt8]
        let signature: [UInt8]
        /// `valid`, `invalid`, or `acceptable` for what lenient verifiers let pass.
        let result: ByteString

        init?(_ json: JSONValue) {
            guard let id = json["tcId"]?.integer, let message = Hex.decode(json["msg"]?.text?.bytes ?? []),
                let signature = Hex.decode(json["sig"]?.text?.bytes ?? []), let result = json["result"]?.text
            else { return nil }
            self.id = id
            self.message = message
            self.signature = signature
            self.result = result
        }
    }

    /// Checks every vector of a file and returns how many there were.
    static func check(_ file: String, scheme: SignatureScheme, key: (JSONValue) throws -> VerificationKey) throws -> Int
    {
        var count = 0
        for group in try VectorFile.json("wycheproof/\(file)")["testGroups"]?.elements ?? [] {
            let key = try key(group)
            for json in group["tests"]?.elements ?? [] {
                let vector = try #require(Vector(json))
                let isVerified = key.verify(signature: vector.signature, message: vector.message, scheme: scheme)
                #expect(isVerified == (vector.result == "valid"), "vector \(vector.id)")
                count += 1
            }
        }
        return count
    }

    static func number(_ name: ByteString, of jwk: JSONValue?) throws -> [UInt8] {
        try Base64URL.decode(#require(jwk?.member(name)?.text))
    }

    @Test func ecdsaOnP256() throws {
        let count = try Self.check("ecdsa_secp256r1_sha256_p1363_test.json", scheme: .ecdsa(.p256)) { group in
            // An uncompressed point is the tail of the DER form; coordinates of the JWK form may lack leading zeros.
            let der = try #require(Hex.decode(group["publicKeyDer"]?.text?.bytes ?? []))
            return try VerificationKey(curve: .p256, x: Array(der.suffix(64).prefix(32)), y: Array(der.suffix(32)))
        }
        #expect(count == 262)
    }

    @Test func ed25519() throws {
        let count = try Self.check("ed25519_test.json", scheme: .ed25519) { group in
            try VerificationKey(ed25519: Self.number("x", of: group["publicKeyJwk"]))
        }
        #expect(count == 151)
    }

    @Test func rsaPKCS1() throws {
        let count = try Self.check("rsa_signature_2048_sha256_test.json", scheme: .rsaPKCS1(.sha256)) { group in
            try VerificationKey(
                rsaModulus: Self.number("n", of: group["keyJwk"]), exponent: Self.number("e", of: group["keyJwk"]))
        }
        #expect(count == 259)
    }
}
