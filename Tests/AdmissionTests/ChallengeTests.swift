import Foundation
import HTTPCodec
import JOSE
import MCP
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import Admission

/// Challenges as clients really read them (mcp-requirements A-11 to A-14).
@Suite struct ChallengeTests {
    /// How the SDKs find one parameter in the whole header.
    static func find(_ name: String, in challenge: String) throws -> [String] {
        let pattern = try NSRegularExpression(pattern: name + #"=(?:"([^"]+)"|([^\s,]+))"#)
        let whole = NSRange(challenge.startIndex..., in: challenge)
        return pattern.matches(in: challenge, range: whole).compactMap { match in
            (1...2).compactMap { Range(match.range(at: $0), in: challenge) }.first.map { String(challenge[$0]) }
        }
    }

    static let metadata = "https://gw.example/.well-known/oauth-protected-resource/mcp/orders"

    static let table: [(refusal: Refusal, granted: [ByteString], scope: String, error: String?)] = [
        (.credentialMissing, [], "orders:read orders:write orders:admin", nil),
        (.credentialInQuery(alsoInHeader: false), [], "orders:read orders:write orders:admin", nil),
        (.credentialSchemeNotSupported, [], "orders:read orders:write orders:admin", nil),
        (.token(.expired), [], "orders:read orders:write orders:admin", "invalid_token"),
        (.token(.signature(.badSignature)), [], "orders:read orders:write orders:admin", "invalid_token"),
        (.scopesUndeterminable, [], "orders:read orders:write orders:admin", "insufficient_scope"),
        (.insufficientScope(required: ["orders:write"], rules: []), [], "orders:write", "insufficient_scope"),
        (
            .insufficientScope(required: ["orders:write"], rules: []), ["openid", "orders:read", "orders:write"],
            "orders:write orders:read", "insufficient_scope"
        ),
    ]

    @Test(arguments: table) func bothSDKsReadWhatIsMeant(
        refusal: Refusal, granted: [ByteString], scope: String, error: String?
    ) throws {
        let epoch = try TestGateway().epoch(TestPolicy().compiled())
        let bytes = try #require(Challenge.value(for: refusal, server: 0, granted: granted, epoch: epoch))
        let challenge = String(decoding: bytes, as: UTF8.self)
        #expect(challenge.hasPrefix("Bearer resource_metadata=\""))
        #expect(try Self.find("scope", in: challenge) == [scope])
        #expect(try Self.find("resource_metadata", in: challenge) == [Self.metadata])
        #expect(try Self.find("error", in: challenge) == [error].compactMap { $0 })
    }

    @Test(arguments: [
        Refusal.credentialRepeated, .credentialMalformed, .credentialInQuery(alsoInHeader: true), .issuerUnavailable,
        .tenantUnknown,
        .denied(.unknownTool, rules: []), .sessionUnknown, .originNotAllowed, .hostNotServed, .auditUnavailable,
        .upstream(.wantsCredential), .envelopeTooLarge,
    ])
    func whatNoCredentialCanFixIsNotChallenged(refusal: Refusal) throws {
        let epoch = try TestGateway().epoch(TestPolicy().compiled())
        #expect(Challenge.value(for: refusal, server: 0, granted: ["orders:read"], epoch: epoch) == nil)
    }

    @Test func anEmptyListOfScopesIsLeftOut() throws {
        var policy = TestPolicy()
        policy.servers = [#"open: {path: /open, upstream: "http://127.0.0.1:3002/mcp", issuers: [corp], scopes: []}"#]
        let epoch = try TestGateway().epoch(policy.compiled())
        for refusal in [Refusal.credentialMissing, .token(.expired), .insufficientScope(required: [], rules: [])] {
            let bytes = try #require(Challenge.value(for: refusal, server: 1, granted: ["orders:read"], epoch: epoch))
            #expect(try Self.find("scope", in: String(decoding: bytes, as: UTF8.self)) == [])
        }
    }

    /// Whatever a reason says, it cannot be read as another parameter, and it is the last.
    @Test(arguments: [
        TokenRefusal.wrongType, .notAnAccessToken, .missingClaim(.scope), .malformedClaim(.clientID), .wrongIssuer,
        .wrongAudience,
        .notYetValid, .issuedInTheFuture, .lifetimeTooLong, .senderConstrained, .actorChain, .aboutToExpire,
        .signature(.unknownKey(kid: "\" scope=\"admin\"")), .signature(.forbiddenMember(.jku)),
    ])
    func reasonsAreQuotedSafely(reason: TokenRefusal) throws {
        let epoch = try TestGateway().epoch(TestPolicy().compiled())
        let bytes = try #require(Challenge.value(for: .token(reason), server: 0, granted: [], epoch: epoch))
        let challenge = String(decoding: bytes, as: UTF8.self)
        let description = try #require(challenge.components(separatedBy: ", error_description=\"").last)
        #expect(description.hasSuffix("\""))
        #expect(!description.dropLast().contains { "\"\\=".contains($0) })
        #expect(bytes.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(try Self.find("scope", in: challenge) == ["orders:read orders:write orders:admin"])
    }
}
