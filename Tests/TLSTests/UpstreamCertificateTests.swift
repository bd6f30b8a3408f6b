import Crypto
import HTTPWire
import StrictCoding
import Testing

@testable import TLS

/// Whom a client takes for whom.
@Suite(.serialized, .timeLimit(.minutes(2))) struct UpstreamCertificateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var names: String? = "DNS:localhost"
        var subject = "/CN=leaf"
        var usage = "serverAuth"
        var days = -1...10
        var host: ByteString = "localhost"
        let fault: TLSFault?
    }

    private static let rows = [
        Row(testDescription: "good", fault: nil),
        Row(testDescription: "address", names: "IP:127.0.0.1", host: "127.0.0.1", fault: nil),
        Row(testDescription: "IPv6 address", names: "IP:::1", host: "::1", fault: nil),
        Row(testDescription: "root dot", host: "localhost.", fault: nil),
        Row(testDescription: "capitals", host: "LOCALHOST", fault: nil),
        Row(testDescription: "wildcard", names: "DNS:*.shop.test", host: "mcp.shop.test", fault: nil),
        Row(testDescription: "wildcard, deeper", names: "DNS:*.shop.test", host: "a.b.shop.test", fault: .wrongName),
        Row(testDescription: "wildcard, none", names: "DNS:*.shop.test", host: "shop.test", fault: .wrongName),
        Row(testDescription: "part of a label", names: "DNS:m*.shop.test", host: "mcp.shop.test", fault: .wrongName),
        Row(testDescription: "expired", days: -10 ... -1, fault: .certificateExpired),
        Row(testDescription: "not yet valid", days: 1...10, fault: .certificateNotYetValid),
        Row(testDescription: "another name", names: "DNS:other.test", fault: .wrongName),
        Row(testDescription: "another address", names: "IP:127.0.0.2", host: "127.0.0.1", fault: .wrongName),
        Row(testDescription: "address as a name", names: "DNS:127.0.0.1", host: "127.0.0.1", fault: .wrongName),
        Row(testDescription: "common name only", names: nil, subject: "/CN=localhost", fault: .wrongName),
        Row(testDescription: "for clients only", usage: "clientAuth", fault: .badCertificate),
    ]

    @Test(arguments: rows) func aCertificateIsJudged(_ row: Row) async throws {
        let authority = try await TestAuthority()
        let identity = try await authority.issue(
            "leaf", for: row.names, subject: row.subject, usage: row.usage, days: row.days)
        let server = try ServerTLS(identity: identity, clients: .none)
        let client = TestClient(try ClientTLS(trust: .only(try authority.certificate)))
        try await withServer(server) { listener in
            let failure = await client.failure(host: row.host, port: listener.port)
            #expect(failure == row.fault.map { .upstream(.tls($0)) })
        }
        await client.shutdown()
        #expect(server.counters.completed == (row.fault == nil ? 1 : 0))
    }

    @Test func whoIsVouchedForBySomebodyElseIsNotBelieved() async throws {
        let authority = try await TestAuthority()
        let other = try await TestAuthority(named: "Somebody else")
        let server = try ServerTLS(identity: try await authority.issue("leaf"), clients: .none)
        try await withServer(server) { listener in
            for trust in [TrustAnchors.only(try other.certificate), .system] {
                let client = TestClient(try ClientTLS(trust: trust))
                #expect(await client.failure(port: listener.port) == .upstream(.tls(.unknownAuthority)))
                await client.shutdown()
            }
        }
        // The clients said why.
        #expect(server.counters.failed == [.violation(alert: 48): 2])
    }

    @Test func whoVouchesForItselfIsBelievedOnlyWhereNamed() async throws {
        let authority = try await TestAuthority()
        let alone = try await authority.selfSigned("alone")
        let server = try ServerTLS(identity: alone, clients: .none)
        try await withServer(server) { listener in
            let stranger = TestClient(try ClientTLS(trust: .only(try authority.certificate)))
            #expect(await stranger.failure(port: listener.port) == .upstream(.tls(.selfSigned)))
            let friend = TestClient(try ClientTLS(trust: .only(alone.certificates)))
            #expect(await friend.failure(port: listener.port) == nil)
            await stranger.shutdown()
            await friend.shutdown()
        }
    }

    @Test(arguments: ["", ".", "two words", "a\u{0}b", "bücher.test"]) func whatIsNoNameIsNobodys(_ host: String)
        async throws
    {
        let authority = try await TestAuthority()
        let server = try ServerTLS(identity: try await authority.issue("leaf"), clients: .none)
        let client = TestClient(try ClientTLS(trust: .only(try authority.certificate)))
        try await withServer(server) { listener in
            let failure = await client.failure(host: ByteString(host), port: listener.port)
            #expect(failure != nil)
        }
        await client.shutdown()
    }
}
