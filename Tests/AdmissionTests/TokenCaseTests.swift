import Identity
import JOSE
import StrictCoding
import TestSupport
import Testing

@testable import Admission
@testable import Policy

/// The public token cases through everything that judges a token: signature, claims, and the audience of the server.
@Suite struct TokenCaseTests {
    /// The gateway of the cases, with their provider.
    private static func judge(_ token: [UInt8], keys document: [UInt8]) throws -> TokenFinding {
        let address = try TokenCases.text("iss")
        let issuer = Issuer(
            name: "idp", issuer: address, url: try HTTPURL(parsing: address), profile: .generic, tenant: .label("acme"),
            audiences: nil, algorithms: nil, jwksURI: nil, allowPrivate: false, authority: .system,
            subjectClaim: nil, scopesClaim: nil, nameClaim: nil)
        let policy = try TestPolicy().compiled()
        let verifier = TokenVerifier(issuers: [issuer], agents: AgentDirectory(policy), limit: policy.limits.tokenBytes)
        let now = UnixTime(seconds: try #require(try TokenCases.file.get()["now"]?.integer))
        let standing = IssuerStanding(keys: try KeySet(parsing: document), document: document, fetched: now)
        let finding = verifier.find(token, trusted: [0], standings: IssuerStandings(issuers: [standing]), now: now)
        guard let found = finding.accepted else { return finding }
        return found.audiences.contains(try TokenCases.text("aud")) ? finding : .refused(.wrongAudience)
    }

    @Test func theFileIsWhole() {
        #expect(TokenCases.all.count == 168)
        #expect(["accept", "reject", "may"].map { TokenCases.expecting($0).count } == [12, 147, 9])
    }

    @Test(arguments: TokenCases.expecting("accept")) func goodTokensAreAccepted(token: TokenCases.Case) throws {
        for keys in try TokenCases.keySets() {
            let finding = try Self.judge(token.token, keys: keys)
            #expect(finding.accepted?.scopes == ["mcp:read", "mcp:write"], "\(finding)")
        }
    }

    @Test(arguments: TokenCases.expecting("reject")) func badTokensAreRefused(token: TokenCases.Case) throws {
        for keys in try TokenCases.keySets() {
            #expect(try Self.judge(token.token, keys: keys).accepted == nil)
        }
    }

    @Test(arguments: TokenCases.expecting("may")) func doubtfulTokensGainNothing(token: TokenCases.Case) throws {
        for keys in try TokenCases.keySets() {
            let scopes = try Self.judge(token.token, keys: keys).accepted?.scopes ?? []
            #expect(Set(scopes).isSubset(of: ["mcp:read", "mcp:write"]))
        }
    }
}
