import JOSE
import StrictCoding
import Testing

/// Access tokens with verdicts, as far as format, header, key and signature decide them.
@Suite struct TokenCaseTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let expect: ByteString
        let token: [UInt8]

        var testDescription: String { name }

        /// Whether the verdict hangs on claims, which are judged where issuers and audiences are known: time, audience,
        /// issuer, kind of token.
        var isAboutClaims: Bool {
            ["time-", "aud-", "iss-", "typ-", "sub-", "idtoken-", "logout-", "cnf-"].contains { name.hasPrefix($0) }
                || name == "json-object-empty"
        }
    }

    static let file = Result { try VectorFile.json("jose-cases.json") }

    static let cases: [Case] = {
        guard case .success(let file) = file else { return [] }
        return (file["cases"]?.elements ?? []).map {
            Case(
                name: $0["name"]?.text?.string ?? "", expect: $0["expect"]?.text ?? "",
                token: $0["token"]?.text?.bytes ?? [])
        }
    }()

    /// The hostile set and the clean one: every verdict must hold with both.
    static func keySets() throws -> [KeySet] {
        let file = try file.get()
        return try ["jwks", "jwks_clean"].map { name in
            try KeySet(parsing: Array(#require(file.member(ByteString(name))).source))
        }
    }

    static func verify(_ token: [UInt8], with keys: KeySet) throws(JWSError) -> VerifiedJWS {
        try UnverifiedJWS(compact: token).verify(with: keys, allowing: Set(Algorithm.allCases))
    }

    @Test func theFileIsWhole() throws {
        #expect(Self.cases.count == 168)
        #expect(Self.cases.count { $0.expect == "accept" } == 12)
        for keys in try Self.keySets() {
            #expect(keys.keys.map(\.kid) == ["rsa1", "ec1", "ed1"])
        }
    }

    @Test(arguments: cases.filter { $0.expect == "accept" })
    func goodTokensVerify(token: Case) throws {
        for keys in try Self.keySets() {
            let verified = try Self.verify(token.token, with: keys)
            #expect(verified.payload.root["iss"]?.text == "https://idp.example")
        }
    }

    @Test(arguments: cases.filter { $0.expect == "reject" && !$0.isAboutClaims })
    func badTokensAreRefused(token: Case) throws {
        for keys in try Self.keySets() {
            #expect(throws: JWSError.self) { try Self.verify(token.token, with: keys) }
        }
    }

    /// Their signatures are genuine: were they refused here, it would be for a wrong reason.
    @Test(arguments: cases.filter { $0.isAboutClaims })
    func tokensWithBadClaimsAreAuthentic(token: Case) throws {
        for keys in try Self.keySets() {
            do {
                _ = try Self.verify(token.token, with: keys)
            } catch {
                #expect(Self.notEvenJSON.contains(token.name), "\(error)")
            }
        }
    }

    /// Cases about claims that end earlier: numbers that are not JSON, a `typ` that is not a string.
    static let notEvenJSON: Set<String> = ["time-exp-leading0", "time-exp-plus", "time-exp-hex", "typ-number"]

    @Test(arguments: cases.filter { $0.expect == "may" })
    func doubtfulTokensDoNoHarm(token: Case) throws {
        for keys in try Self.keySets() {
            _ = try? Self.verify(token.token, with: keys)
        }
    }

    @Test(
        arguments: [
            ("alg-none-none", .unsupportedAlgorithm), ("alg-array", .unsupportedAlgorithm),
            ("confuse-hs256-ec-pem", .unsupportedAlgorithm),
            ("sig-empty", .badSignature), ("sig-dropped", .badSignature),
            ("ps256-on-rs256-key", .wrongKey(kid: "rsa1")),
            ("kid-unknown", .unknownKey(kid: "nope")), ("kid-enc-only", .unknownKey(kid: "enc1")),
            ("es256-p384-key", .unknownKey(kid: "ec384")),
            ("kid-array", .invalidMember(.kid)), ("typ-number", .invalidMember(.typ)),
            ("jwk-embedded", .forbiddenMember(.jwk)),
            ("x5u", .forbiddenMember(.x5u)), ("x5c", .forbiddenMember(.x5c)), ("crit-null", .forbiddenMember(.crit)),
            ("zip-def", .forbiddenMember(.zip)), ("jwe-dir", .encrypted),
            ("dup-hdr-kid", .invalidHeader(JSONError(.duplicateName, offset: 26))), ("form-5parts", .encrypted),
            ("form-4parts", .malformed),
            ("enc-noncanon-sig", .invalidBase64(.trailingBits)), ("json-array", .payloadNotObject),
            ("json-hdr-array", .headerNotObject),
            ("wrong-key", .badSignature), ("es256-65", .badSignature), ("es256-zero", .badSignature),
            ("payload-swap", .badSignature),
        ] as [(String, JWSError)])
    func refusalsNameTheirReason(name: String, error: JWSError) throws {
        let token = try #require(Self.cases.first { $0.name == name }?.token)
        for keys in try Self.keySets() {
            #expect(throws: error) { try Self.verify(token, with: keys) }
        }
    }
}
