import Crypto
import Identity
import StrictCoding
import Testing

@testable import Admission

/// A session opens for the principal that received it, at the server that gave it, and nowhere else.
@Suite struct SessionSealTests {
    private static let seal = SessionSeal(key: SecretBytes([UInt8](repeating: 1, count: 32)))
    private static let id = Array("0f3c-server-id".utf8)

    private static func principal(_ change: (inout Principal) -> Void = { _ in }) -> Principal {
        var principal = Principal(
            issuer: "https://idp", tenant: "acme", subject: "caf\u{e9}", kind: .user, clientID: "web", agentID: "agent")
        change(&principal)
        return principal
    }

    private static func sealed() throws -> [UInt8] {
        try #require(seal.seal(id, server: "orders", principal: principal()))
    }

    @Test func theReceiverGetsTheServersIDBack() throws {
        let sealed = try Self.sealed()
        #expect(sealed.allSatisfy { (0x21...0x7E).contains($0) })
        #expect(sealed != Self.id)
        #expect(Self.seal.open(sealed, server: "orders", principal: Self.principal()) == Self.id)
        // Sealed twice it looks different, and both open.
        #expect(try Self.sealed() != sealed)
    }

    /// Another token of the same user may name another agent: the user's session stays the user's.
    @Test func theAgentIsNoPartOfTheBinding() throws {
        let same = Self.principal { ($0.agentID, $0.kind) = ("other", .service) }
        #expect(Self.seal.open(try Self.sealed(), server: "orders", principal: same) == Self.id)
    }

    static let others: [(what: String, principal: Principal)] = [
        ("another user", principal { $0.subject = "bob" }),
        ("the same name in another spelling", principal { $0.subject = "cafe\u{301}" }),
        ("another tenant", principal { $0.tenant = "other" }),
        ("another issuer", principal { $0.issuer = "https://idp/" }),
        ("another client", principal { $0.clientID = "web2" }),
        ("bytes moved between fields", principal { ($0.tenant, $0.subject) = ("acm", "ecaf\u{e9}") }),
    ]

    @Test(arguments: others) func itOpensForNobodyElse(what: String, principal: Principal) throws {
        #expect(Self.seal.open(try Self.sealed(), server: "orders", principal: principal) == nil)
    }

    @Test func itOpensNowhereElse() throws {
        #expect(Self.seal.open(try Self.sealed(), server: "billing", principal: Self.principal()) == nil)
        let stranger = SessionSeal(key: SecretBytes([UInt8](repeating: 2, count: 32)))
        #expect(stranger.open(try Self.sealed(), server: "orders", principal: Self.principal()) == nil)
    }

    @Test func everyOtherSpellingIsUnknown() throws {
        let sealed = try Self.sealed()
        var spellings: [[UInt8]] = [
            [], Self.id, Array(sealed.dropLast()), sealed + [0x41], sealed + [0x3D], [0x20] + sealed,
        ]
        for index in sealed.indices {
            var changed = sealed
            changed[index] = changed[index] == 0x41 ? 0x42 : 0x41
            if changed != sealed { spellings.append(changed) }
            spellings.append(Array(sealed[..<index]))
        }
        spellings.append([UInt8](repeating: 0x41, count: 3_000))
        for spelling in spellings {
            #expect(Self.seal.open(spelling, server: "orders", principal: Self.principal()) == nil)
        }
    }

    @Test(arguments: ["", "a b", "a\u{0}", "\u{e9}", "a\r\nb", String(repeating: "x", count: 1_025)])
    func anIDThatNoSessionMayHaveIsNotSealed(id: String) {
        #expect(Self.seal.seal(Array(id.utf8), server: "orders", principal: Self.principal()) == nil)
    }

    @Test func theLongestIDFits() {
        let id = [UInt8](repeating: 0x78, count: SessionSeal.longestID)
        let sealed = Self.seal.seal(id, server: "orders", principal: Self.principal())
        #expect(sealed.flatMap { Self.seal.open($0, server: "orders", principal: Self.principal()) } == id)
    }
}
