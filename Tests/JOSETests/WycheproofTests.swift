import JOSE
import StrictCoding
import Testing

/// Project Wycheproof's vectors for JSON Web Signatures and keys. Their payloads are not JSON objects, so a signature
/// that verifies shows as `payloadNotObject` or `invalidPayload`, which are thrown only after it did.
@Suite struct WycheproofTests {
    static func verifies(_ token: [UInt8], with keySet: [UInt8]) throws -> Bool {
        do {
            let keys = try KeySet(parsing: keySet)
            _ = try UnverifiedJWS(compact: token).verify(with: keys, allowing: Set(Algorithm.allCases))
            return true
        } catch JWSError.payloadNotObject, JWSError.invalidPayload {
            return true
        } catch is JWSError, is KeySetError {
            return false
        }
    }

    /// Valid signatures that are refused on purpose: a key whose `alg` is another algorithm than the token's, or the
    /// unknown `ES521`.
    static let strictlyRefused: Set<Int64> = [346, 347, 350, 351]

    @Test func signatures() throws {
        var count = 0
        for line in try VectorFile.bytes("wycheproof/flat_jws.ndjson").split(separator: UInt8(ascii: "\n")) {
            let vector = try VectorFile.parse(Array(line))
            let id = try #require(vector["id"]?.integer)
            let key = try #require(vector["key"])
            let keySet = Array("{\"keys\":[".utf8) + key.source + Array("]}".utf8)
            let isVerified = try Self.verifies(vector["jws"]?.text?.bytes ?? [], with: keySet)
            let isSymmetric = key["kty"]?.isText("oct") ?? false
            let isExpected = vector["expect"]?.isText("valid") ?? false
            #expect(isVerified == (isExpected && !isSymmetric && !Self.strictlyRefused.contains(id)), "vector \(id)")
            count += 1
        }
        #expect(count == 401)
    }

    @Test func keys() throws {
        var count = 0
        for group in try VectorFile.json("wycheproof/json_web_key_test.json")["testGroups"]?.elements ?? [] {
            let keySet = try #require(group["public"] ?? group["private"])
            let isSymmetric = group["public"] == nil
            for test in group["tests"]?.elements ?? [] {
                let isVerified = try Self.verifies(test["jws"]?.text?.bytes ?? [], with: Array(keySet.source))
                let isExpected = test["result"]?.isText("valid") ?? false
                #expect(isVerified == (isExpected && !isSymmetric), "vector \(test["tcId"]?.integer ?? 0)")
                count += 1
            }
        }
        #expect(count == 26)
    }

    /// Private keys in a key set are keys that anyone may sign with.
    @Test func privateKeysAreNotUsable() throws {
        for group in try VectorFile.json("wycheproof/json_web_key_test.json")["testGroups"]?.elements ?? []
        where group["public"] != nil {
            let keySet = try #require(group["private"])
            #expect(try KeySet(parsing: Array(keySet.source)).isEmpty)
        }
    }
}
