import Crypto
import JOSE
import StrictCoding
import TestSupport
import Testing

/// Threat cases 1 to 7: tokens that nobody signed, or signed for something else. Each is refused with 401 before a byte
/// leaves for anywhere.
@Suite struct ForgedTokenCases {
    private func outcome(_ token: [UInt8], on stage: Stage) throws -> Outcome {
        try stage.outcome(of: .modern().bearing(String(decoding: token, as: UTF8.self)))
    }

    @Test(arguments: [#""none""#, #""None""#, #""nOnE""#, "null", #"["ES256"]"#, #""HS256""#, #""es256""#, nil])
    func case01_tokensWithoutASignatureAlgorithmAreRefused(algorithm: String?) throws {
        let stage = try Stage()
        let members = algorithm.map { [("alg", JSONText.raw($0))] } ?? []
        let header = JSONText.object(members + [("kid", "k1"), ("typ", "at+jwt")])
        let signed = try stage.issuer.token(stage.issuer.alice(), header: header)
        let unsigned = Array(signed[...(signed.lastIndex(of: UInt8(ascii: ".")) ?? 0)])
        for token in [signed, unsigned] {
            #expect(try outcome(token, on: stage) == .refused(401, "token_unsupported_algorithm"))
        }
    }

    @Test func case01_anEmptySignatureIsRefused() throws {
        let stage = try Stage()
        let signed = try stage.issuer.token(stage.issuer.alice())
        let unsigned = Array(signed[...(signed.lastIndex(of: UInt8(ascii: ".")) ?? 0)])
        #expect(try outcome(unsigned, on: stage) == .refused(401, "token_bad_signature"))
    }

    @Test func case02_aPublicKeyIsNeverTakenForASecret() throws {
        let stage = try Stage()
        let point = stage.issuer.key.publicPoint
        for secret in [stage.issuer.keySet, stage.issuer.key.jwk(kid: "k1"), [4] + point.x + point.y] {
            let header = JSONText.object([("alg", "HS256"), ("kid", "k1"), ("typ", "at+jwt")])
            let input = Base64URL.encode(header.bytes) + [0x2E] + Base64URL.encode(stage.issuer.alice().json)
            let code = HMACSHA256.code(for: input, key: SecretBytes(secret))
            #expect(
                try outcome(input + [0x2E] + Base64URL.encode(code), on: stage)
                    == .refused(401, "token_unsupported_algorithm"))
        }
    }

    @Test func case03_onlyWellFormedSignaturesByTheRightCurveHold() throws {
        let stage = try Stage()
        let signed = try stage.issuer.token(stage.issuer.alice())
        let end = (signed.lastIndex(of: UInt8(ascii: ".")) ?? 0) + 1
        let good = try Base64URL.decode(signed[end...])
        let zeros = [UInt8](repeating: 0, count: 32)
        let (r, s) = (Array(good.prefix(32)), Array(good.suffix(32)))
        let der: [UInt8] = [0x30, 0x44, 0x02, 0x20] + r + [0x02, 0x20] + s
        let forged: [[UInt8]] = [zeros + zeros, zeros + s, r + zeros, good.dropLast(), good + [0], der]
        for signature in forged {
            let token = Array(signed[..<end]) + Base64URL.encode(signature)
            #expect(try outcome(token, on: stage) == .refused(401, "token_bad_signature"))
        }
        #expect(try outcome(signed, on: stage) == .accepted())
    }

    @Test func case03_aKeyOfAnotherCurveVerifiesNoES256() throws {
        let stage = try Stage()
        let p384 = #"""
            {"kty":"EC","crv":"P-384","kid":"p384","x":"\#(Self.p384.x)","y":"\#(Self.p384.y)"}
            """#
        let document = stage.issuer.keySet(adding: Array(p384.utf8))
        stage.worker.install(try stage.issuer.standings(document))
        stage.provider.standings = try stage.issuer.standings(document)
        let header = JSONText.object([("alg", "ES256"), ("kid", "p384"), ("typ", "at+jwt")])
        let token = try stage.issuer.token(stage.issuer.alice(), header: header)
        #expect(try outcome(token, on: stage) == .refused(401, "token_wrong_key"))
    }

    private static let p384 = (
        x: "F6OmtB16My7cOYw8VlSYfuMx5E2-tdxxG-nwX82eMEb_jc_6jgOPoOmxXrx9PJVV",
        y: "SAmZHteJ9BPMyArX0iIqSgPGtcYvW1ERDUnDzhctlKNG9fZdXv__WCe9PTl2OBI3"
    )

    @Test(arguments: ["../../dev/null", "' OR 1", "http://127.0.0.1:1/k1", "K1", "k1 "])
    func case04_keyIDsAreOnlyEverLookedUp(kid: String) throws {
        let stage = try Stage()
        let token = try stage.issuer.token(
            stage.issuer.alice(), header: .object([("alg", "ES256"), ("kid", .string(kid)), ("typ", "at+jwt")]))
        // The one fetch is of the configured key set, which might have grown.
        #expect(try outcome(token, on: stage) == .refused(401, "token_unknown_key", fetches: 1))
    }

    @Test(arguments: [
        (#""\u0000""#, "token_invalid_header_member"), ("1", "token_invalid_header_member"),
        (#"["k1"]"#, "token_invalid_header_member"),
        ("\"\(String(repeating: "k", count: 10 << 10))\"", "token_too_large"),
    ])
    func case04_keyIDsThatAreNoneAreRefusedUnread(kid: String, code: String) throws {
        let stage = try Stage()
        let token = try stage.issuer.token(
            stage.issuer.alice(), header: .object([("alg", "ES256"), ("kid", .raw(kid)), ("typ", "at+jwt")]))
        #expect(try outcome(token, on: stage) == .refused(401, code))
    }

    @Test func case04_aKeySetThatNamesTwoKeysAlikeIsNoKeySet() throws {
        let (one, other) = (try TestIssuer(), try TestIssuer())
        let document = one.keySet(adding: other.key.jwk(kid: "k1"))
        #expect(throws: KeySetError.self) { try KeySet(parsing: document) }
    }

    @Test(arguments: [
        ("jku", #""https://evil.example/jwks""#), ("x5u", #""http://169.254.169.254/""#), ("jwk", "{}"), ("x5c", "[]"),
        ("crit", #"["exp"]"#), ("b64", "false"), ("zip", #""DEF""#),
    ])
    func case05_keyReferencesInTheHeaderAreRefusedWithoutAnOutboundRequest(member: String, value: String) throws {
        let stage = try Stage()
        let token = try stage.issuer.token(
            stage.issuer.alice(), header: stage.issuer.header(more: [(member, .raw(value))]))
        #expect(try outcome(token, on: stage) == .refused(401, "token_forbidden_header_member"))
        #expect(stage.server.connections == 0 && stage.provider.asked.isEmpty)
    }

    @Test(arguments: ["kid", "k\\u0069d"])
    func case06_duplicateMembersInTheHeaderAreRefused(name: String) throws {
        let stage = try Stage()
        let header = JSONText.raw(#"{"alg":"ES256","kid":"k1","typ":"at+jwt","\#(name)":"k1"}"#)
        let token = try stage.issuer.token(stage.issuer.alice(), header: header)
        #expect(try outcome(token, on: stage) == .refused(401, "token_invalid_header"))
    }

    @Test(arguments: ["sub", "s\\u0075b", "\\u0073\\u0075\\u0062"])
    func case06_duplicateClaimsAreRefused(name: String) throws {
        let stage = try Stage()
        let token = try stage.issuer.token(stage.issuer.alice().with("x", .raw(#"1,"\#(name)":"eve""#)))
        #expect(try outcome(token, on: stage) == .refused(401, "token_invalid_payload"))
    }

    @Test(arguments: [
        ("logout+jwt", "wrong_type"), ("oauth-id-jag+jwt", "wrong_type"), ("wpt+jwt", "wrong_type"),
        ("txntoken+jwt", "wrong_type"), ("secevent+jwt", "wrong_type"), ("JOSE", "wrong_type"),
    ])
    func case07_otherKindsOfTokensAreNoAccessTokens(type: String, code: String) throws {
        let stage = try Stage()
        let token = try stage.issuer.token(stage.issuer.alice(), header: stage.issuer.header(type: .string(type)))
        #expect(try outcome(token, on: stage) == .refused(401, code))
    }

    @Test func case07_anIDTokenIsNoAccessToken() throws {
        let stage = try Stage()
        for claims in [
            stage.issuer.alice().without("scope").with("nonce", "n"), stage.issuer.alice().with("typ", "ID"),
            stage.issuer.alice().without("scope").with("at_hash", "h"),
        ] {
            let token = try stage.issuer.token(claims, header: stage.issuer.header(type: "JWT"))
            #expect(try outcome(token, on: stage) == .refused(401, "not_an_access_token"))
        }
    }

    @Test func case07_ourOwnEnvelopeIsNoAccessToken() throws {
        let stage = try Stage()
        _ = try stage.outcome(of: .modern().bearing(stage.token()))
        let envelope = try #require(stage.server.requests.last).envelope
        #expect(try outcome(envelope, on: stage) == .refused(401, "token_unknown_key", fetches: 1))
    }
}
