import StrictCoding
import Testing

@testable import Policy

/// What a policy says about TLS once it is read, and about the bounds that lie within each other.
@Suite struct TLSPolicyTests {
    @Test func theExampleHasTLSOnEverySide() throws {
        let policy = try compiled(String(decoding: try TestFiles.policy("tls.yaml"), as: UTF8.self))
        #expect(!policy.tlsTerminatedUpstream)
        let house = file("tls/house-ca.pem")
        #expect(
            policy.tls
                == ListenerTLS(
                    clients: TLSSettings(certificate: file("tls/gateway.pem"), key: file("tls/gateway.key")),
                    egress: TLSSettings(
                        certificate: file("tls/egress.pem"), key: file("tls/egress.key"),
                        clientCertificates: .required(authority: house)),
                    admin: TLSSettings(
                        certificate: file("tls/admin.pem"), key: file("tls/admin.key"),
                        clientCertificates: .required(authority: file("tls/operators-ca.pem")))))
        #expect(policy.issuers.map(\.authority) == [.system])
        #expect(policy.servers.map(\.authority) == [.system])
        #expect(policy.services.map(\.authority) == [.file(house), .system])
        #expect(policy.services.map(\.allowPrivate) == [true, false])
    }

    @Test(
        arguments: [
            ("", .none), (", client_ca: \"file:ca.pem\"", .required(authority: file("ca.pem"))),
            (
                ", client_ca: \"file:ca.pem\", client_certificates: required",
                .required(authority: file("ca.pem"))
            ),
            (
                ", client_ca: \"file:ca.pem\", client_certificates: optional",
                .optional(authority: file("ca.pem"))
            ),
        ] as [(String, TLSSettings.ClientCertificates)])
    func anAuthorityOfClientsMeansThatTheyShowACertificate(
        written: String, demand: TLSSettings.ClientCertificates
    ) throws {
        let policy = try compiled(minimal("tls: {certificate: \"file:a\", key: \"env:K\"\(written)}"))
        let key = SecretReference(source: .environment, name: "K")
        #expect(
            policy.tls.clients == TLSSettings(certificate: file("a"), key: key, clientCertificates: demand))
        #expect(policy.tls.egress == nil)
        #expect(policy.tls.admin == nil)
    }

    @Test func certificatesAndKeysAreMentionedWithTheirKindInTheOrderOfTheSections() throws {
        let policy = try compiled(
            """
            version: 1
            gateway:
              public_url: https://gw.acme.example
              tls: {certificate: "file:a", key: "file:b", client_ca: "file:c"}
            issuers:
              corp: {issuer: "https://login.acme.example", ca: "file:d", tenant: acme}
            clients:
              bulla: {issuer: corp, client_id: a, auth: client_secret_basic, secret: "env:S"}
            servers:
              s: {path: /s, upstream: "https://s.acme.example", ca: "file:f", issuers: [corp], scopes: [a], services: [v], tools: {"*": {require: []}}}
            services:
              v: {url: "https://v.acme.example", ca: "file:e", mode: service, credential: {client: bulla, scopes: [a]}, allow: [{methods: [GET], paths: [/], require: [a]}]}
            """)
        #expect(
            policy.secretMentions.map { "\($0.reference.text) \($0.kind) \($0.place.line)" } == [
                "file:a certificates 4", "file:b tlsKey 4", "file:c certificates 4", "file:d certificates 6",
                "env:S secret 8", "file:e certificates 12", "file:f certificates 10",
            ])
        #expect(policy.secretReferences.map(\.text) == ["env:S"])
        #expect(policy.keyReferences == [])
        #expect(policy.issuers.map(\.authority) == [.file(file("d"))])
        #expect(policy.servers.map(\.authority) == [.file(file("f"))])
        #expect(policy.services.map(\.authority) == [.file(file("e"))])
    }

    // MARK: Bounds within each other

    /// Which values differ from the defaults, in the order per peer, per principal, streams, whole answer.
    @Test(
        arguments: [
            ("connections: 100", [100, 256, 64, 900]), ("connections: 4096", [4_096, 256, 64, 900]),
            ("connections: 10000", [4_096, 256, 64, 900]), ("requests: 200", [4_096, 200, 64, 900]),
            ("requests: 8", [4_096, 8, 8, 900]), ("requests_per_principal: 32", [4_096, 32, 32, 900]),
            ("upstream_first_byte_timeout: 20m", [4_096, 256, 64, 1_200]),
            ("upstream_first_byte_timeout: 15m", [4_096, 256, 64, 900]),
        ] as [(String, [Int])])
    func aBoundThatIsNotWrittenFollowsTheOneAroundIt(written: String, expected: [Int]) throws {
        let limits = try compiled(minimal("limits: {\(written)}", scheme: "http")).limits
        #expect(
            [
                limits.connectionsPerPeer, limits.requestsPerPrincipal, limits.streamsPerPrincipal,
                limits.upstreamTotalTimeoutSeconds,
            ] == expected)
    }

    @Test func newBoundsAreRead() throws {
        let written = """
            limits: {connections_per_peer: 1, requests: 2, requests_per_principal: 2, streams_per_principal: 1, \
            body_bytes: 1MiB, buffered_bytes: 1MiB, upstream_total_timeout: 1d}
            """
        let limits = try compiled(minimal(written, scheme: "http")).limits
        var expected = Limits()
        (expected.connectionsPerPeer, expected.requests, expected.requestsPerPrincipal) = (1, 2, 2)
        (expected.streamsPerPrincipal, expected.bodyBytes, expected.bufferedBytes) = (1, 1 << 20, 1 << 20)
        expected.upstreamTotalTimeoutSeconds = 86_400
        #expect(limits == expected)
    }

    // MARK: Policies

    private func minimal(_ gateway: String, scheme: String = "https") -> String {
        """
        version: 1
        gateway:
          public_url: \(scheme)://127.0.0.1:8080
          \(gateway)
        servers: {}
        """
    }

    private func compiled(_ text: String) throws -> PolicySet {
        let compilation = PolicyCompiler.compile(PolicySource(name: "p", bytes: Array(text.utf8)))
        return try #require(compilation.policy, "\(compilation.diagnostics.map(\.rendered))")
    }
}

private func file(_ name: ByteString) -> SecretReference { SecretReference(source: .file, name: name) }
