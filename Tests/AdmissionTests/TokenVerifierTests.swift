import Identity
import JOSE
import StrictCoding
import TestSupport
import Testing

@testable import Admission

/// Which issuer a token is of, when several are trusted.
@Suite struct TokenVerifierTests {
    private static var twoIssuers: TestPolicy {
        var policy = TestPolicy()
        policy.issuers = [#"partner: {issuer: "http://127.0.0.1:9001", tenant: partner}"#]
        policy.trusted = ["corp", "partner"]
        return policy
    }

    /// What comes of a token, in a word.
    private static func finding(
        _ token: [UInt8], _ standings: [IssuerStanding?], trusted: [Int] = [0, 1], later seconds: Int64 = 0
    ) throws -> String {
        let finding = TokenVerifier(try twoIssuers.compiled()).find(
            token, trusted: trusted, standings: IssuerStandings(issuers: standings),
            now: UnixTime(seconds: TestPolicy.now + seconds))
        switch finding {
        case .accepted(let token): return "accepted \(token.issuerIndex)"
        case .refused(let refusal): return "refused \(refusal.code)"
        case .keysNeeded(let issuers, let otherwise): return "keys of \(issuers) or \(otherwise.code)"
        }
    }

    @Test func everyTrustedIssuerIsTried() throws {
        let (corp, partner) = (try TestIssuer(), try TestIssuer("http://127.0.0.1:9001", keyID: "k2"))
        let known = [try corp.standing(), try partner.standing()]
        let (ours, theirs) = (try corp.token(corp.alice()), try partner.token(partner.alice()))
        #expect(try Self.finding(ours, known) == "accepted 0")
        #expect(try Self.finding(theirs, known) == "accepted 1")
        #expect(try Self.finding(theirs, known, trusted: [0]) == "keys of [0] or token_unknown_key")
        // One of them cannot speak for the other.
        let forged = try partner.token(corp.alice())
        #expect(try Self.finding(forged, known) == "keys of [0] or wrong_issuer")
        #expect(try Self.finding(forged, known, trusted: [1]) == "refused wrong_issuer")
    }

    /// Providers like to call their first key `1`; tenants of one provider share its keys.
    @Test func namesOfKeysMayCollide() throws {
        let (corp, partner) = (try TestIssuer(), try TestIssuer("http://127.0.0.1:9001"))
        let known = [try corp.standing(), try partner.standing()]
        let theirs = try partner.token(partner.alice())
        #expect(try Self.finding(theirs, known) == "accepted 1")
        #expect(try Self.finding(theirs, [known[0], nil]) == "keys of [1] or token_bad_signature")
        #expect(try Self.finding(TestIssuer().token(corp.alice()), known) == "refused token_bad_signature")

        let shared = [try corp.standing(), try corp.standing()]
        let other = try corp.token(corp.alice().with("iss", "http://127.0.0.1:9001"))
        #expect(try Self.finding(other, shared) == "accepted 1")
        #expect(try Self.finding(other, [shared[0], nil]) == "keys of [1] or wrong_issuer")
    }

    @Test func keysAreUsedForAnHour() throws {
        let corp = try TestIssuer()
        let known = [try corp.standing(), nil]
        let token = try corp.token(corp.alice().with("exp", .integer(TestPolicy.now + 80_000)))
        #expect(try Self.finding(token, known, later: 3_600) == "accepted 0")
        #expect(try Self.finding(token, known, later: 3_601) == "keys of [0, 1] or token_unknown_key")
    }

    @Test func aTokenThatIsNoneAsksForNoKeys() throws {
        #expect(try Self.finding(Array("opaque".utf8), [nil, nil]) == "refused token_malformed")
        #expect(try Self.finding([UInt8](repeating: 0x61, count: 9_000), [nil, nil]) == "refused token_too_large")
    }

    @Test func standingsWithTheSameDocumentsHaveTheSameKeys() throws {
        let (corp, other) = (try TestIssuer(), try TestIssuer())
        let known = try corp.standings()
        #expect(known.hasSameKeys(as: try corp.standings(fetched: TestPolicy.now + 99)))
        #expect(!known.hasSameKeys(as: try other.standings()))
        #expect(!known.hasSameKeys(as: IssuerStandings(issuers: [nil])))
    }
}
