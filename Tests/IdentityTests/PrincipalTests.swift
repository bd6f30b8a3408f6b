import Crypto
import Identity
import StrictCoding
import Testing

@Suite("Who it is")
struct PrincipalTests {
    static let alice = Vector.claims.principal
    static let key = SecretBytes([UInt8](repeating: 7, count: 32))

    static let others: [Principal] = {
        func changed(_ change: (inout Principal) -> Void) -> Principal {
            var principal = alice
            change(&principal)
            return principal
        }
        return [
            changed { $0.issuer = "https://idp.acme.example/" },
            changed { $0.tenant = "acme2" },
            changed { $0.subject = "user_124" },
            changed { ($0.tenant, $0.subject) = ("acmeu", "ser_123") },
            changed { ($0.issuer, $0.tenant) = ("https://idp.acme.exampl", "eacme") },
        ]
    }()

    @Test(arguments: others)
    func anotherPersonHasAnotherBindingSessionAndPseudonym(other: Principal) {
        #expect(other != Self.alice)
        #expect(other.bindingDigest() != Self.alice.bindingDigest())
        #expect(other.sessionID(credential: "j", key: Self.key) != Self.alice.sessionID(credential: "j", key: Self.key))
        #expect(other.pseudonym(key: Self.key) != Self.alice.pseudonym(key: Self.key))
    }

    @Test func theSameUserThroughAnotherClientIsAnotherBinding() {
        var other = Self.alice
        other.clientID = "mobile"
        #expect(other.bindingDigest() != Self.alice.bindingDigest())
        #expect(other.pseudonym(key: Self.key) == Self.alice.pseudonym(key: Self.key))
    }

    @Test func aBindingDoesNotDependOnTheAgent() {
        var other = Self.alice
        other.agentID = "agent_457"
        #expect(other.bindingDigest() == Self.alice.bindingDigest())
        #expect(Self.alice.bindingDigest().count == 32)
    }

    @Test func composedAndDecomposedNamesAreTwoUsers() {
        var composed = Self.alice
        composed.subject = ByteString("caf\u{E9}")
        var decomposed = Self.alice
        decomposed.subject = ByteString("cafe\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(composed.bindingDigest() != decomposed.bindingDigest())
    }

    @Test func derivedNamesHaveTheirLengthsAndNeedTheKey() {
        let session = Self.alice.sessionID(credential: "jti-1", key: Self.key)
        #expect(session.count == 16)
        #expect(session != Self.alice.sessionID(credential: "jti-2", key: Self.key))
        let pseudonym = Self.alice.pseudonym(key: Self.key)
        #expect(pseudonym.count == 24)
        #expect(pseudonym.string.hasPrefix("p-"))
        #expect(pseudonym != Self.alice.pseudonym(key: SecretBytes([UInt8](repeating: 8, count: 32))))
    }

    @Test(
        arguments: [
            ("on_behalf_of", DelegationMode.onBehalfOf), ("obo", .onBehalfOf), ("restricted_user", .restrictedUser),
            ("user", .restrictedUser), ("user_token", .restrictedUser), ("service_identity", .serviceIdentity),
            ("service", .serviceIdentity), ("OBO", nil), ("", nil), ("admin", nil),
        ] as [(String, DelegationMode?)])
    func modesHaveAliasesInPolicies(name: String, mode: DelegationMode?) {
        #expect(DelegationMode(policyName: name) == mode)
    }

    @Test func confidenceNamesWhatIsEstimated() {
        #expect(Confidence(estimating: []) == .verified)
        #expect(Confidence(estimating: [.scopes, .agentID]) == .estimated([.agentID, .scopes]))
    }
}

@Suite("Audit headers")
struct AuditHeadersTests {
    @Test func fullHeadersNameActorAgentModeAndTrace() {
        var principal = Vector.claims.principal
        principal.subject = "o'brien, é\r\nX: y%"
        let fields = AuditHeaders.fields(of: principal, mode: .onBehalfOf, traceID: "0af7", form: .full)
        #expect(
            fields.map { "\($0.name): \($0.value)" } == [
                "X-Actor-Sub: o%27brien%2C%20%C3%A9%0D%0AX:%20y%25", "X-Actor-Tenant: acme", "X-Agent-Id: agent_456",
                "X-Delegation-Mode: on_behalf_of", "X-Trace-Id: 0af7",
            ])
    }

    @Test func pseudonymousHeadersDoNotNameTheActor() {
        let fields = AuditHeaders.fields(
            of: Vector.claims.principal, mode: .serviceIdentity, traceID: "0af7",
            form: .pseudonymous(key: PrincipalTests.key))
        #expect(fields.count == 5)
        #expect(fields[0].value == Vector.claims.principal.pseudonym(key: PrincipalTests.key))
        #expect(!fields.contains { $0.value.string.contains("user_123") })
    }

    @Test func noneIsNone() {
        #expect(
            AuditHeaders.fields(of: Vector.claims.principal, mode: .onBehalfOf, traceID: "0af7", form: .none).isEmpty)
    }

    @Test func aValueIsWholeOrNotThere() {
        let longest = ByteString([UInt8](repeating: 0xC3, count: 255))
        #expect(AuditHeaders.encoded(longest)?.count == 765)
        #expect(AuditHeaders.encoded(ByteString([UInt8](repeating: 0x61, count: 256))) == nil)
        #expect(AuditHeaders.encoded("") == nil)
    }

    @Test func onlyPlainBytesStayAsTheyAre() {
        for byte in UInt8.min...UInt8.max {
            let isPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~@:/|+-".utf8.contains(byte)
            #expect((AuditHeaders.encoded(ByteString([byte])) == ByteString([byte])) == isPlain)
        }
    }
}

@Suite("Identifiers")
struct ULIDTests {
    static let zeros = [UInt8](repeating: 0, count: 10)
    static let ones = [UInt8](repeating: 255, count: 10)

    @Test(arguments: [
        (0, zeros, "00000000000000000000000000"),
        (1_469_918_176_385, zeros, "01ARYZ6S410000000000000000"),
        (1_469_918_176_385, ones, "01ARYZ6S41ZZZZZZZZZZZZZZZZ"),
        (281_474_976_710_655, ones, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
    ])
    func aULIDIsTimeAndChance(milliseconds: Int64, random: [UInt8], expected: String) {
        #expect(ULID.make(milliseconds: milliseconds, random: random) == ByteString(expected))
    }

    @Test func laterSortsAfter() {
        #expect(ULID.make(milliseconds: 1000, random: Self.ones) < ULID.make(milliseconds: 1001, random: Self.zeros))
    }
}
