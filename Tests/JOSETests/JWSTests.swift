import Crypto
import JOSE
import StrictCoding
import Testing

@Suite struct JWSTests {
    /// A key of our own, its set, and tokens with any header.
    struct Signer {
        let key: SigningKey
        let keys: KeySet

        init() throws {
            key = try SigningKey.generate()
            keys = KeySet([try JSONWebKey(key, kid: "k")])
        }

        func token(header: String, payload: String = #"{"iss":"i"}"#) throws -> [UInt8] {
            try JWSSigning.compact(header: Array(header.utf8), payload: Array(payload.utf8), key: key)
        }

        func verify(_ token: [UInt8], allowing algorithms: Set<Algorithm> = [.es256]) throws(JWSError) -> VerifiedJWS {
            try UnverifiedJWS(compact: token).verify(with: keys, allowing: algorithms)
        }
    }

    @Test func whatIsSignedVerifiesAndReads() throws {
        let signer = try Signer()
        let token = try signer.token(
            header: #"{"alg":"ES256","typ":"at+JWT","kid":"k"}"#, payload: #"{"iss":"i","n":1}"#)
        let unverified = try UnverifiedJWS(compact: token)
        #expect(unverified.algorithm == .es256)
        #expect(unverified.keyID == "k")
        #expect(unverified.header.type == "at+JWT")
        let verified = try signer.verify(token)
        #expect(verified.type == "at+JWT")
        #expect(verified.payload.root["n"]?.integer == 1)
        #expect(verified.keyThumbprint == signer.key.thumbprint)
        #expect(token.split(separator: UInt8(ascii: ".")).last?.count == 86)
    }

    /// Each header is signed genuinely: it is the header alone that decides.
    @Test(
        arguments: [
            (#"{"alg":"ES256","kid":"k","x5t":"AAAA","x5t#S256":["?"],"nonce":1,"cty":"x"}"#, nil),
            (#" {"kid" : "\u006b" , "alg":"ES256"} "#, nil), (#"{"alg":"ES256"}"#, nil),
            (#"{"kid":"k"}"#, .unsupportedAlgorithm), (#"{"alg":null,"kid":"k"}"#, .unsupportedAlgorithm),
            (#"{"alg":["ES256"],"kid":"k"}"#, .unsupportedAlgorithm),
            (#"{"alg":"es256","kid":"k"}"#, .unsupportedAlgorithm),
            (#"{"alg":"","kid":"k"}"#, .unsupportedAlgorithm), (#"{"alg":"ES256 ","kid":"k"}"#, .unsupportedAlgorithm),
            (#"{"alg":"ES256K","kid":"k"}"#, .unsupportedAlgorithm),
            (#"{"alg":"HS256","kid":"k"}"#, .unsupportedAlgorithm),
            (#"{"alg":"ES384","kid":"k"}"#, .algorithmNotAllowed(.es384)),
            (#"{"alg":"EdDSA","kid":"k"}"#, .algorithmNotAllowed(.ed25519)),
            (#"{"alg":"ES256","alg":"ES256","kid":"k"}"#, .invalidHeader(JSONError(.duplicateName, offset: 15))),
            (#"{"alg":"ES256","\u0061lg":"none"}"#, .invalidHeader(JSONError(.duplicateName, offset: 15))),
            (#"{"alg":"ES256","kid":"k","x":{"a":1,"a":2}}"#, .invalidHeader(JSONError(.duplicateName, offset: 36))),
            (#"{"alg":"ES256","kid":"K"}"#, .unknownKey(kid: "K")),
            (#"{"alg":"ES256","kid":null}"#, .invalidMember(.kid)),
            (#"{"alg":"ES256","kid":""}"#, .invalidMember(.kid)), (#"{"alg":"ES256","kid":7}"#, .invalidMember(.kid)),
            (#"{"alg":"ES256","kid":"k\u0000"}"#, .invalidMember(.kid)),
            (#"{"alg":"ES256","kid":"k\n"}"#, .invalidMember(.kid)),
            (#"{"alg":"ES256","kid":"\u0085"}"#, .invalidMember(.kid)),
            (#"{"alg":"ES256","typ":null}"#, .invalidMember(.typ)),
            (#"{"alg":"ES256","typ":["JWT"]}"#, .invalidMember(.typ)),
            (#"{"alg":"ES256","kid":"k","crit":[]}"#, .forbiddenMember(.crit)),
            (#"{"alg":"ES256","kid":"k","b64":true}"#, .forbiddenMember(.b64)),
            (#"{"alg":"ES256","kid":"k","zip":null}"#, .forbiddenMember(.zip)),
            (#"{"alg":"ES256","kid":"k","jku":""}"#, .forbiddenMember(.jku)),
            (#"{"alg":"ES256","kid":"k","jwk":{}}"#, .forbiddenMember(.jwk)),
            (#"{"alg":"ES256","kid":"k","x5u":1}"#, .forbiddenMember(.x5u)),
            (#"{"alg":"ES256","kid":"k","x5c":[]}"#, .forbiddenMember(.x5c)),
            (#"{"alg":"ES256","kid":"k","\u006aku":"x"}"#, .forbiddenMember(.jku)),
            (#"{"alg":"ES256","enc":"A128GCM"}"#, .encrypted),
            ("[]", .headerNotObject), ("\"ES256\"", .headerNotObject),
            ("", .invalidHeader(JSONError(.unexpectedEnd, offset: 0))),
            ("\u{FEFF}{}", .invalidHeader(JSONError(.byteOrderMark, offset: 0))),
            (#"{"alg":"ES256","x":[[[[[[[[1]]]]]]]]}"#, .invalidHeader(JSONError(.tooDeep, offset: 26))),
        ] as [(String, JWSError?)])
    func theHeaderIsReadStrictly(header: String, error: JWSError?) throws {
        let signer = try Signer()
        let token = try signer.token(header: header)
        if let error {
            #expect(throws: error) { try signer.verify(token) }
        } else {
            _ = try signer.verify(token)
        }
    }

    @Test func identifiersMayHave255Bytes() throws {
        let signer = try Signer()
        let longest = String(repeating: "k", count: 255)
        #expect(throws: JWSError.unknownKey(kid: ByteString(longest))) {
            try signer.verify(signer.token(header: "{\"alg\":\"ES256\",\"kid\":\"\(longest)\"}"))
        }
        #expect(throws: JWSError.invalidMember(.kid)) {
            try signer.verify(signer.token(header: "{\"alg\":\"ES256\",\"kid\":\"\(longest)k\"}"))
        }
    }

    @Test(
        arguments: [
            ("[]", .payloadNotObject), ("null", .payloadNotObject), ("\"x\"", .payloadNotObject),
            ("", .invalidPayload(JSONError(.unexpectedEnd, offset: 0))),
            ("{\"sub\":1,\"\\u0073ub\":2}", .invalidPayload(JSONError(.duplicateName, offset: 9))),
            ("{} ", nil), ("{}\n{}", .invalidPayload(JSONError(.trailingBytes, offset: 3))),
        ] as [(String, JWSError?)])
    func thePayloadIsAnObject(payload: String, error: JWSError?) throws {
        let signer = try Signer()
        let token = try signer.token(header: #"{"alg":"ES256","kid":"k"}"#, payload: payload)
        if let error {
            #expect(throws: error) { try signer.verify(token) }
        } else {
            _ = try signer.verify(token)
        }
    }

    @Test func aTokenAboveTheLimitIsRefusedUnread() throws {
        let token = [UInt8](repeating: UInt8(ascii: "!"), count: UnverifiedJWS.tokenBytes + 1)
        #expect(throws: JWSError.tooLarge(bytes: token.count)) { try UnverifiedJWS(compact: token) }
        #expect(throws: JWSError.malformed) { try UnverifiedJWS(compact: Array(token.dropLast())) }
        #expect(throws: JWSError.tooLarge(bytes: 10)) {
            try UnverifiedJWS(compact: [UInt8](repeating: 0x2E, count: 10), limit: 9)
        }
    }

    @Test func aKeySetOfAnotherIssuerDoesNotVerify() throws {
        let signer = try Signer()
        let token = try signer.token(header: #"{"alg":"ES256","kid":"k"}"#)
        let other = try Signer()
        #expect(throws: JWSError.badSignature) { try other.verify(token) }
        #expect(throws: JWSError.unknownKey(kid: "k")) {
            try UnverifiedJWS(compact: token).verify(with: KeySet([]), allowing: [.es256])
        }
        #expect(throws: JWSError.algorithmNotAllowed(.es256)) { try signer.verify(token, allowing: [.rs256]) }
    }

    @Test func noChangedByteSurvives() throws {
        let signer = try Signer()
        let token = try signer.token(header: #"{"alg":"ES256","kid":"k"}"#)
        for index in token.indices {
            for replacement in [
                UInt8(ascii: "A"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "="), token[index] ^ 1,
            ] where replacement != token[index] {
                var changed = token
                changed[index] = replacement
                #expect(throws: JWSError.self) { try signer.verify(changed) }
            }
            #expect(throws: JWSError.self) { try signer.verify(Array(token[..<index])) }
        }
    }

    @Test func algorithmsHaveOneNameSaveForEdwards() {
        for algorithm in Algorithm.allCases {
            #expect(Algorithm(name: ByteString(algorithm.name.description)) == algorithm)
        }
        #expect(Algorithm(name: "EdDSA") == .ed25519)
        for name in ["none", "HS256", "HS512", "ES256K", "Ed448", "RSA-OAEP", "dir", "", "RS256\u{0}"] as [ByteString] {
            #expect(Algorithm(name: name) == nil)
        }
    }
}
