import Policy
import StrictCoding
import Testing

@Suite struct ExamplePolicyTests {
    @Test(arguments: TestFiles.examples)
    func everyExampleCompilesWithoutAWord(name: String) throws {
        let compilation = PolicyCompiler.compile(PolicySource(name: name, bytes: try TestFiles.policy(name)))
        #expect(compilation.diagnostics.map(\.rendered) == [])
        #expect(compilation.policy != nil)
    }

    @Test(arguments: TestFiles.examples)
    func everyExampleBeginsWithItsSchema(name: String) throws {
        let first = try TestFiles.policy(name).prefix { $0 != UInt8(ascii: "\n") }
        #expect(String(decoding: first, as: UTF8.self) == "# yaml-language-server: $schema=./bulla.schema.json")
    }

    @Test func theExamplesAreAllThere() {
        #expect(TestFiles.examples.contains("launched.yaml"))
        #expect(TestFiles.examples.contains("minimal.yaml"))
        #expect(TestFiles.examples.contains("orders.yaml"))
        #expect(TestFiles.examples.contains("tls.yaml"))
        #expect(TestFiles.examples.contains("two-issuers.yaml"))
    }

    @Test func ordersGivesWhatItSays() throws {
        let policy = try #require(
            PolicyCompiler.compile(PolicySource(name: "orders.yaml", bytes: try TestFiles.policy("orders.yaml"))).policy
        )
        #expect(policy.publicURL.origin == "https://gw.acme.example")
        #expect(policy.publicURL.authority == "gw.acme.example")
        #expect(policy.tlsTerminatedUpstream)
        #expect(policy.listen.clients.text == "0.0.0.0:8080")
        #expect(policy.limits.bodyBytes == 1 << 20)
        #expect(policy.limits.upstreamFirstByteTimeoutSeconds == 60)
        #expect(policy.digest.count == 71)

        let server = try #require(policy.servers.first)
        #expect(server.resourceURL == "https://gw.acme.example/mcp/orders")
        #expect(server.issuers == [0])
        #expect(server.delegation.allowed == ["billing_api", "geocoder", "orders_api"])
        #expect(server.delegation.modes == [.restrictedUser, .serviceIdentity, .onBehalfOf])
        #expect(server.delegation.mode == .onBehalfOf)
        #expect(
            policy.effectiveScopes(granted: ["orders:admin", "email"], at: server) == [
                "orders:admin", "orders:read", "orders:write",
            ])
    }
}
