import StrictCoding
import Testing

@testable import Policy

@Suite struct PolicySetTests {
    @Test func defaultsAreThoseOfTheReference() throws {
        let policy = try compiled(servers: 1)
        #expect(policy.listen.clients.text == "127.0.0.1:8080")
        #expect(policy.listen.egress.text == "127.0.0.1:9080")
        #expect(policy.listen.admin.text == "127.0.0.1:9901")
        #expect(policy.keys == KeySettings(directory: "bulla-keys", rotateEverySeconds: 2_592_000))
        #expect(policy.envelope == EnvelopeSettings(header: "Txn-Token", lifetimeSeconds: 300))
        #expect(policy.audit == AuditSettings(file: "bulla-audit.jsonl", mode: .required))
        #expect(policy.limits == Limits())
        #expect(!policy.tlsTerminatedUpstream)
        #expect(policy.tls == ListenerTLS())
        let server = try #require(policy.servers.first)
        #expect(server.authority == .system)
        #expect(server.upstreamAuth == .none)
        #expect(server.auditHeaders == .full)
        #expect(server.denyAs == .auto)
        #expect(server.origins == [])
        #expect(server.delegation == DelegationGrant([]))
        #expect(server.services == [])
        #expect(!server.needsOriginalToken)
        #expect(server.presenter == .generated)
        #expect(policy.clients.isEmpty)
        #expect(policy.secretMentions.isEmpty)
        let issuer = try #require(policy.issuers.first)
        #expect(issuer.profile == .generic)
        #expect(issuer.audiences == nil)
        #expect(issuer.algorithms == nil)
        #expect(issuer.jwksURI == nil)
        #expect(!issuer.allowPrivate)
        #expect(issuer.authority == .system)
    }

    @Test func theDigestIsOfTheBytes() throws {
        let policy = try compiled(servers: 1)
        #expect(policy.digest == ByteString("sha256:" + policyDigestOfOneServer))
        #expect(try compiled(servers: 2).digest != policy.digest)
    }

    @Test(
        arguments: [
            ([], ServiceMode.serviceIdentity, nil),
            ([("b", .restrictedUser), ("a", .restrictedUser)], .restrictedUser, nil),
            ([("b", .serviceIdentity), ("a", .restrictedUser)], .restrictedUser, [.restrictedUser, .serviceIdentity]),
            (
                [("c", .serviceIdentity), ("a", .restrictedUser), ("b", .onBehalfOf)], .onBehalfOf,
                [.restrictedUser, .onBehalfOf, .serviceIdentity]
            ),
        ] as [([(ByteString, ServiceMode)], ServiceMode, [ServiceMode]?)])
    func delegationIsComputedFromTheServices(
        services: [(ByteString, ServiceMode)], mode: ServiceMode, modes: [ServiceMode]?
    ) {
        let grant = DelegationGrant(services.map { (name: $0.0, mode: $0.1) })
        #expect(grant.mode == mode)
        #expect(grant.modes == modes)
        #expect(grant.allowed == services.map(\.0).sorted())
    }

    @Test func otherWordsForModesMeanTheSame() throws {
        for (word, mode) in [
            ("obo", ServiceMode.onBehalfOf), ("user", .restrictedUser), ("user_token", .restrictedUser),
            ("service", .serviceIdentity),
        ] {
            guard case .value(let found) = PolicyWords.serviceMode.look(up: ByteString(word)) else {
                Issue.record("\(word) is not known")
                continue
            }
            #expect(found == mode)
        }
    }

    @Test(arguments: [(32, true), (33, false)])
    func anEnvelopeHasRoomFor32Services(count: Int, fits: Bool) {
        let names = (0..<count).map { "s\($0)" }
        #expect(errors(services: names).isEmpty == fits)
    }

    @Test(arguments: [true, false])
    func anEnvelopeHasRoomFor512BytesOfServices(fits: Bool) {
        // Eight names of 63 bytes with seven separators are 511 bytes.
        let names = (0..<8).map { "s\($0)" + String(repeating: "x", count: 61) } + (fits ? [] : ["a"])
        #expect(errors(services: names).isEmpty == fits)
    }

    @Test(arguments: [(64, true), (65, false)])
    func anEnvelopeHasRoomFor64Scopes(count: Int, fits: Bool) {
        let scopes = (0..<count).map { "s\($0)" }.joined(separator: ", ")
        let text = policy(servers: 1).replacing("scopes: []", with: "scopes: [\(scopes)]")
        #expect(rendered(text).isEmpty == fits)
    }

    @Test func aThousandServersCompileAndOneMoreDoesNot() throws {
        #expect(try compiled(servers: 1_000).servers.count == 1_000)
        #expect(rendered(policy(servers: 1_001)) == ["p:4:1: error: `servers` has more than 1000 entries"])
    }

    @Test func impliedScopesReachTheEnvelopeAsFarAsTheServerKnowsThem() throws {
        let text =
            policy(servers: 1).replacing("scopes: []", with: "scopes: [write, read]")
            + "scopes:\n  admin: {implies: [write]}\n  write: {implies: [read]}\n"
        let policy = try #require(PolicyCompiler.compile(source(text)).policy)
        let server = policy.servers[0]
        #expect(policy.effectiveScopes(granted: ["admin"], at: server) == ["read", "write"])
        #expect(policy.effectiveScopes(granted: ["read", "email"], at: server) == ["read"])
        #expect(policy.effectiveScopes(granted: [], at: server) == [])
    }

    // MARK: - Policies

    private let policyDigestOfOneServer = "e300a7fbaad05ba03364354daabb815000a74b9758d47e21500a33b16ee1dedf"

    private func policy(servers: Int) -> String {
        var text = """
            version: 1
            gateway: {public_url: "http://127.0.0.1:8080"}
            issuers: {corp: {issuer: "http://127.0.0.1:9000", tenant: acme}}
            servers:

            """
        for index in 0..<servers {
            text +=
                "  s\(index): {path: /s\(index), upstream: \"http://127.0.0.1:3000\", issuers: [corp], scopes: [], tools: {\"*\": {require: []}}}\n"
        }
        return text
    }

    private func source(_ text: String) -> PolicySource {
        PolicySource(name: "p", bytes: Array(text.utf8))
    }

    private func compiled(servers: Int) throws -> PolicySet {
        try #require(PolicyCompiler.compile(source(policy(servers: servers))).policy)
    }

    private func rendered(_ text: String) -> [String] {
        PolicyCompiler.compile(source(text)).diagnostics.map(\.rendered)
    }

    private func errors(services: [String]) -> [String] {
        let list = services.joined(separator: ", ")
        let text =
            policy(servers: 1).replacing("scopes: [], tools: {", with: "scopes: [a], services: [\(list)], tools: {")
            + "services:\n"
            + services.map { name in
                "  \(name): {url: \"http://127.0.0.1:3001\", mode: service, credential: {bearer: \"env:T\"},"
                    + " allow: [{methods: [GET], paths: [/], require: [a]}]}\n"
            }.joined()
        return rendered(text)
    }
}
