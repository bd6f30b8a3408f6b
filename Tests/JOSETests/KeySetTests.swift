import Crypto
import JOSE
import StrictCoding
import Testing

@Suite struct KeySetTests {
    /// The Ed25519 key of RFC 8037, appendix A.2, and the P-256 key of RFC 7515, appendix A.3.
    static let edwards = #""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#
    static let p256 =
        #""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#

    static func key(_ json: String) throws(UnusableKey) -> JSONWebKey {
        guard let document = try? JSONDocument(parsing: Array(json.utf8), limits: .document) else { throw .malformed }
        return try JSONWebKey(document.root)
    }

    /// RFC 7638, section 3.1; RFC 8037, appendix A.3; the P-256 one was computed with another implementation.
    @Test(
        arguments: [
            (
                #"""
                {"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhD
                R1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0
                _FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6
                WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS25
                6","kid":"2011-04-29"}
                """#, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
            ),
            ("{\(edwards)}", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
            ("{\(p256)}", "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"),
        ] as [(String, ByteString)])
    func thumbprintsAreThoseOfTheStandards(json: String, thumbprint: ByteString) throws {
        let oneLine = json.split(separator: "\n").joined()
        #expect(try Self.key(oneLine).thumbprint == thumbprint)
    }

    @Test(
        arguments: [
            ("[]", .malformed), ("{}", .malformed), (#"{"kty":1}"#, .malformed),
            (#"{"kty":"oct","k":"AAAA"}"#, .unsupported),
            (#"{"kty":"ec","crv":"P-256"}"#, .unsupported),
            (#"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#, .unsupported),
            (#"{"kty":"OKP","crv":"X25519","x":"AA"}"#, .unsupported),
            (#"{"kty":"OKP","crv":"Ed448","x":"AA"}"#, .unsupported),
            (#"{"kty":"EC","crv":"P-256","x":"AA"}"#, .malformed),
            (#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, .refused(.invalidKey)),
            ("{\(edwards),\"use\":\"enc\"}", .notForVerifying), ("{\(edwards),\"use\":1}", .malformed),
            ("{\(edwards),\"key_ops\":[\"sign\"]}", .notForVerifying),
            ("{\(edwards),\"key_ops\":\"verify\"}", .malformed),
            ("{\(edwards),\"key_ops\":[\"verify\",1]}", .malformed),
            ("{\(edwards),\"alg\":\"ES256\"}", .wrongAlgorithm),
            ("{\(edwards),\"alg\":\"HS256\"}", .unsupported), ("{\(edwards),\"alg\":\"none\"}", .unsupported),
            ("{\(edwards),\"alg\":1}", .malformed),
            ("{\(edwards),\"kid\":1}", .malformed), ("{\(edwards),\"kid\":\"\"}", .malformed),
            ("{\(edwards),\"kid\":\"a\\u0000\"}", .malformed),
            ("{\(edwards),\"d\":\"AA\"}", .privatePartPublished), ("{\(p256),\"alg\":\"ES384\"}", .wrongAlgorithm),
            (
                #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="}"#,
                .refused(.invalidKey)
            ),
            (#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#, .refused(.wrongKeySize(bits: 17))),
        ] as [(String, UnusableKey)])
    func unusableKeysSayWhy(json: String, reason: UnusableKey) {
        #expect(throws: reason) { try Self.key(json) }
    }

    @Test func aKeyWithoutAlgServesAllThatFit() throws {
        #expect(try Self.key("{\(Self.p256)}").algorithms == [.es256])
        #expect(try Self.key("{\(Self.edwards),\"alg\":\"EdDSA\"}").algorithms == [.ed25519])
        #expect(
            try Self.key("{\(Self.edwards),\"alg\":\"Ed25519\",\"use\":\"sig\",\"key_ops\":[\"verify\"]}").algorithms
                == [.ed25519])
    }

    @Test(
        arguments: [
            ("", .notJSON(JSONError(.unexpectedEnd, offset: 0))), ("[]", .noKeys), ("{}", .noKeys),
            (#"{"keys":{}}"#, .noKeys), (#"{"keys":null}"#, .noKeys),
            (#"{"keys":[],"keys":[]}"#, .notJSON(JSONError(.duplicateName, offset: 11))),
            ("<html>", .notJSON(JSONError(.unexpectedByte, offset: 0))),
        ] as [(String, KeySetError)])
    func whatIsNotAKeySetIsRefused(json: String, error: KeySetError) {
        #expect(throws: error) { try KeySet(parsing: Array(json.utf8)) }
    }

    @Test func unusableKeysArePassedOver() throws {
        let keys = try KeySet(
            parsing: Array("{\"keys\":[1,{\"kty\":\"X\"},{\(Self.edwards),\"kid\":\"a\"}],\"more\":true}".utf8))
        #expect(keys.keys.map(\.kid) == ["a"])
        #expect(try KeySet(parsing: Array(#"{"keys":[{}]}"#.utf8)).isEmpty)
    }

    @Test func theSizeOfAKeySetIsBounded() throws {
        func set(_ count: Int, padding: Int = 0) -> [UInt8] {
            let keys = Array(repeating: "{}", count: count).joined(separator: ",")
            return Array("{\"keys\":[\(keys)]}".utf8) + [UInt8](repeating: 0x20, count: padding)
        }
        #expect(try KeySet(parsing: set(KeySet.maximumKeys)).isEmpty)
        #expect(throws: KeySetError.tooManyKeys) { try KeySet(parsing: set(KeySet.maximumKeys + 1)) }
        #expect(throws: KeySetError.notJSON(JSONError(.tooLarge, offset: KeySet.documentBytes))) {
            try KeySet(parsing: set(1, padding: KeySet.documentBytes))
        }
    }

    @Test func oneIdentifierMeansOneKeyPerAlgorithm() throws {
        let other = try SigningKey.generate()
        func set(_ keys: String...) throws -> KeySet {
            try KeySet(parsing: Array("{\"keys\":[\(keys.joined(separator: ","))]}".utf8))
        }
        let first = "{\(Self.p256),\"kid\":\"k\"}"
        let second = ByteString(other.jwk(kid: "k")).string
        #expect(throws: KeySetError.ambiguousKey(kid: "k")) { try set(first, second) }
        #expect(
            try set(first, first).candidates(kid: "k", algorithm: .es256).count == 2,
            "the same key twice is no contradiction")
        #expect(try set(first, "{\(Self.edwards),\"kid\":\"k\"}").candidates(kid: "k", algorithm: .es256).count == 1)
        #expect(
            try set(first, "{\(Self.p256)}", second.replacing("\"kid\":\"k\"", with: "\"kid\":\"l\"")).keys.count == 3)
    }

    @Test func tokensWithoutIdentifierTryAFewKeysOfTheirAlgorithm() throws {
        let keys = try (0..<6).map { try JSONWebKey(SigningKey.generate(), kid: ByteString("k\($0)")) }
        let set = KeySet(keys + [try Self.key("{\(Self.edwards)}")])
        #expect(set.candidates(kid: nil, algorithm: .es256).map(\.kid) == ["k0", "k1", "k2", "k3"])
        #expect(set.candidates(kid: nil, algorithm: .ed25519).count == 1)
        #expect(set.candidates(kid: nil, algorithm: .rs256).isEmpty)
        #expect(set.candidates(kid: "k5", algorithm: .es256).map(\.kid) == ["k5"])
        #expect(set.candidates(kid: "K5", algorithm: .es256).isEmpty)
    }

    @Test func ourOwnKeysArePublishedWithPublicMembersOnly() throws {
        let key = try SigningKey.generate()
        let json = try JSONDocument(parsing: key.jwk(kid: "our-key"), limits: .document).root
        #expect(json.members?.map(\.name) == ["kty", "crv", "x", "y", "kid", "alg", "use"])
        let published = try JSONWebKey(json)
        #expect(published.thumbprint == key.thumbprint)
        #expect(published.thumbprint.count == 43)
        #expect(published.kid == "our-key")
        #expect(published.algorithms == [.es256])
    }
}
