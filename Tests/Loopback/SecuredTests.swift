import HTTPWire
import StrictCoding
import TLS
import Testing

/// TLS from the client to the MCP server and the identity provider.
@Suite(.timeLimit(.minutes(2))) struct SecuredTests {
    @Test func aCallPassesThroughTLSOnEverySide() async throws {
        let tls = try await WorldTLS()
        try await withSecuredGateway(tls) { world, gateway in
            let client = try await gateway.connect(security: try tls.certificates.client())
            let answer = try await client.call(token: try world.token(), id: 7)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try answer.json()["id"]?.integer == 7)
            #expect(world.server.requests.count == 1)

            let metrics = try await gateway.connectAsOperator().metrics()
            #expect(metrics[#"bulla_tls_handshakes_total{listener="clients",result="full"}"#] == 1)
            #expect(metrics[#"bulla_tls_certificate_expiry_seconds{listener="clients"}"#] ?? 0 > 1_700_000_000)
        }
    }

    @Test func whoSpeaksPlainHTTPToATLSListenerGetsNothing() async throws {
        try await withSecuredGateway(try await WorldTLS()) { world, gateway in
            let client = try await gateway.connect()
            await #expect(throws: (any Error).self) { try await client.call(token: try world.token()) }
            #expect(world.server.requests.isEmpty)
        }
    }

    @Test func aServerOfAnotherAuthorityIsNotTrustedAndTheLogSaysWhyOnce() async throws {
        var tls = try await WorldTLS()
        tls.serverAuthority = try await TestCertificates()
        try await withSecuredGateway(tls) { [tls] world, gateway in
            let client = try await gateway.connect(security: try tls.certificates.client())
            for _ in 0..<3 {
                let answer = try await client.call(token: try world.token())
                #expect(answer.text.contains("upstream_untrusted"), "\(answer.text)")
            }
            #expect(world.server.requests.isEmpty)
            let lines = world.log.lines.filter { $0.contains("no trusted TLS connection") }
            #expect(lines.count == 1)
            #expect(lines.first?.contains("server=orders-mcp") == true, "\(lines)")
            #expect(lines.first?.contains("signed by") == true, "\(lines)")
        }
    }

    @Test func anIssuerOfAnotherAuthorityIsAnOutageWithItsReason() async throws {
        var tls = try await WorldTLS()
        tls.issuerAuthority = try await TestCertificates()
        try await withSecuredGateway(tls) { [tls] world, gateway in
            let client = try await gateway.connect(security: try tls.certificates.client())
            let answer = try await client.call(token: try world.token())
            #expect(answer.status == 503)
            #expect(answer.text.contains("issuer_unavailable"), "\(answer.text)")
            let unready = try await gateway.connectAsOperator().ask("GET", "/readyz")
            #expect(unready.text.contains("its certificate is signed by"), "\(unready.text)")
        }
    }

    @Test(arguments: [
        ("required", false, nil), ("required", true, 200), ("optional", false, 200), ("optional", true, 200),
    ])
    func aClientCertificateIsAskedFor(asked: String, shown: Bool, status: Int?) async throws {
        var tls = try await WorldTLS()
        tls.clientCertificates = asked
        try await tls.certificates.issue("client", usage: "clientAuth")
        try await withSecuredGateway(tls) { [tls] world, gateway in
            let token = try world.token()
            let security = try tls.certificates.client(showing: shown ? "client" : nil)
            // In TLS 1.3 a client learns after its own handshake that it was refused.
            let answer = try? await gateway.connect(security: security).call(token: token)
            #expect(answer?.status == status)
        }
    }

    @Test func aRenewedCertificateIsShownToNewConnectionsWithoutASignal() async throws {
        let tls = try await WorldTLS()
        try await withSecuredGateway(tls, housekeeping: .milliseconds(100)) { world, gateway in
            let before = try await gateway.connect(security: try tls.certificates.client())
            let first = try await gateway.connectAsOperator().metrics()
            try await tls.certificates.issue("gateway", days: 90)
            let name = #"bulla_tls_certificate_expiry_seconds{listener="clients"}"#
            try await eventually("the new certificate is shown") {
                try await gateway.connectAsOperator().metrics()[name] ?? 0 > first[name] ?? 0
            }
            let client = try await gateway.connect(security: try tls.certificates.client())
            #expect(try await client.call(token: try world.token()).status == 200)
            #expect(try await before.call(token: try world.token()).status == 200, "an open connection goes on")
            #expect(world.log.lines.contains { $0.contains("certificates renewed") })
        }
    }

    @Test func aBrokenCertificateFileLeavesTheOneFromBefore() async throws {
        let tls = try await WorldTLS()
        try await withSecuredGateway(tls, housekeeping: .milliseconds(100)) { world, gateway in
            // A certificate whose key is another's.
            let key = try tls.certificates.read("gateway.key")
            try await tls.certificates.issue("gateway", days: 90)
            try tls.certificates.write(key, "gateway.key")
            try await eventually("it is complained of") {
                world.log.lines.contains { $0.contains("certificates not renewed") }
            }
            let client = try await gateway.connect(security: try tls.certificates.client())
            #expect(try await client.call(token: try world.token()).status == 200)
            let complaints = world.log.lines.filter { $0.contains("certificates not renewed") }
            #expect(complaints.allSatisfy { $0.contains("gateway.key") && $0.contains("private key") }, "\(complaints)")
        }
    }
}

/// Runs a test in a world where everybody speaks TLS.
func withSecuredGateway(
    _ tls: WorldTLS, housekeeping: Duration = .seconds(60), _ test: (World, RunningGateway) async throws -> Void
) async throws {
    let world = try World(tls: tls)
    try await world.open()
    let gateway = try await world.start(housekeeping: housekeeping)
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await test(world, gateway)) } catch { outcome = .failure(error) }
    try await gateway.stop()
    await world.close()
    try outcome.get()
}
