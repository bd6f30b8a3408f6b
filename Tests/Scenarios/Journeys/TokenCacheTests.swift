import Admission
import Identity
import StrictCoding
import TestSupport
import Testing

@testable import DataPlane

/// How long a verification is believed, and how many are remembered.
@Suite struct TokenCacheTests {
    private static let now = UnixTime(seconds: TestPolicy.now)

    private static func token(expiresIn seconds: Int64) throws -> AccessToken {
        let issuer = try TestIssuer()
        let bytes = try issuer.token(issuer.alice().with("exp", .integer(TestPolicy.now + seconds)))
        let finding = TokenVerifier(try TestPolicy().compiled()).find(
            bytes, trusted: [0], standings: try issuer.standings(), now: now)
        return try #require(finding.accepted)
    }

    @Test(arguments: [(3_600, 300), (300, 300), (60, 60), (-10, 0)] as [(Int64, Int64)])
    func aTokenIsBelievedForFiveMinutesOrUntilItExpires(life: Int64, believed: Int64) throws {
        var cache = TokenCache(capacity: 10)
        let token = try Self.token(expiresIn: life)
        cache.keep(token, for: [1], now: Self.now)
        if believed > 0 { #expect(cache.token([1], now: Self.now + (believed - 1))?.token == token) }
        #expect(cache.token([1], now: Self.now + believed) == nil)
    }

    @Test func tokensAreToldApartByAllOfTheirBytes() throws {
        var cache = TokenCache(capacity: 10)
        cache.keep(try Self.token(expiresIn: 60), for: Array("caf\u{E9}".utf8), now: Self.now)
        #expect(cache.token(Array("cafe\u{301}".utf8), now: Self.now) == nil)
        #expect(cache.token(Array("caf".utf8), now: Self.now) == nil)
    }

    /// Where the hash does not look.
    @Test(arguments: ["eyK0.", "eyJ1.", "eyJ0,"]) func anothersSignatureIsOfNoUse(start: String) throws {
        var cache = TokenCache(capacity: 10)
        let rest = String(repeating: "cGF5bG9hZA", count: 60) + "." + String(repeating: "s", count: 86)
        let token = try Self.token(expiresIn: 60)
        cache.keep(token, for: Array("eyJ0.\(rest)".utf8), now: Self.now)
        #expect(cache.token(Array("eyJ0.\(rest)".utf8), now: Self.now)?.token == token)
        #expect(cache.token(Array((start + rest).utf8), now: Self.now) == nil)
    }

    @Test func theCacheIsBoundedAndKeepsWhatIsUsed() throws {
        var cache = TokenCache(capacity: 100)
        let token = try Self.token(expiresIn: 600)
        cache.keep(token, for: [0xFF], now: Self.now)
        for index in 0..<1_000 {
            cache.keep(token, for: [UInt8(index & 0xFF), UInt8(index >> 8)], now: Self.now)
            #expect(cache.token([0xFF], now: Self.now)?.token == token)
            #expect(cache.count <= 101)
        }
    }

    @Test func aRenewedTokenIsNotBelievedLongerByBeingUsed() throws {
        var cache = TokenCache(capacity: 2)
        let token = try Self.token(expiresIn: 600)
        cache.keep(token, for: [1], now: Self.now)
        cache.keep(token, for: [2], now: Self.now + 200)
        #expect(cache.token([1], now: Self.now + 299)?.token == token)
        #expect(cache.token([1], now: Self.now + 300) == nil)
    }
}
