import Crypto
import Foundation
import HTTPWire
import Testing

@testable import TLS

/// OpenSSL's own client against our server.
@Suite(.serialized, .timeLimit(.minutes(2))) struct OpenSSLClientTests {
    private static let request = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    private func connect(
        _ listener: Listener, _ authority: TestAuthority, _ options: [String], input: String = request
    ) async throws -> (status: Int32, text: String) {
        try await openssl(
            ["s_client", "-connect", "127.0.0.1:\(listener.port)", "-servername", "localhost", "-CAfile"]
                + [authority.path("ca.pem"), "-verify_return_error", "-ign_eof"] + options, input: input)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let options: String
        /// What `s_client` says of the connection; `nil` where there is none.
        let says: String?
        var testDescription: String { options }
    }

    @Test(arguments: [
        Row(options: "-tls1_3", says: "TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256"),
        Row(options: "-tls1_3 -groups P-256", says: "TLSv1.3"),
        Row(options: "-tls1_3 -groups P-521", says: nil),
        Row(options: "-tls1_2", says: "Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"),
        Row(
            options: "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256",
            says: "Cipher is ECDHE-ECDSA-CHACHA20-POLY1305"),
        Row(options: "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA", says: nil),
        Row(options: "-tls1_2 -cipher AES128-GCM-SHA256", says: nil),
        Row(options: "-tls1_1 -cipher DEFAULT@SECLEVEL=0", says: nil),
        Row(options: "-alpn http/1.1", says: "ALPN protocol: http/1.1"),
        Row(options: "-alpn h2,http/1.1", says: "ALPN protocol: http/1.1"),
        Row(options: "-alpn h2", says: nil),
    ]) func versionsAndAlgorithmsAreAgreedOn(_ row: Row) async throws {
        let authority = try await TestAuthority()
        let server = try ServerTLS(identity: try await authority.issue("leaf"), clients: .none)
        try await withServer(server) { listener in
            let said = try await connect(listener, authority, row.options.split(separator: " ").map(String.init)).text
            if let expected = row.says {
                #expect(said.contains(expected) && said.contains("200 OK") && said.contains("/hello"), "\(said)")
                #expect(said.contains("Compression: NONE"))
                #expect(server.counters == TLSCounters(completed: 1))
            } else {
                #expect(!said.contains("200 OK"), "\(said)")
                #expect(server.counters == TLSCounters(completed: 0, failed: [.noCommonGround: 1]))
            }
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func aSessionIsResumed(_ version: String) async throws {
        let authority = try await TestAuthority()
        let identity = try await authority.issue("leaf")
        let server = try ServerTLS(identity: identity, clients: .none)
        let file = authority.path("session.pem")
        try await withServer(server) { listener in
            let first = try await connect(listener, authority, [version, "-sess_out", file])
            #expect(first.text.contains("New, TLS"))
            let second = try await connect(listener, authority, [version, "-sess_in", file])
            #expect(second.text.contains("Reused, TLS") && second.text.contains("/hello"), "\(second.text)")
            #expect(server.counters == TLSCounters(completed: 2, resumed: 1))
            try server.replace(identity: identity, clients: .optional(authorities: try authority.certificate))
            let third = try await connect(listener, authority, [version, "-sess_in", file])
            #expect(third.text.contains("New, TLS") && third.text.contains("/hello"), "\(third.text)")
            #expect(server.counters == TLSCounters(completed: 3, resumed: 1))
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func aClientCertificateIsRequired(_ version: String) async throws {
        let authority = try await TestAuthority()
        let other = try await TestAuthority(named: "Somebody else")
        _ = try await authority.issue("client", for: nil, usage: "clientAuth")
        _ = try await other.issue("client", for: nil, usage: "clientAuth")
        let server = try ServerTLS(
            identity: try await authority.issue("leaf"), clients: .required(authorities: try authority.certificate))
        try await withServer(server) { listener in
            let without = try await connect(listener, authority, [version])
            #expect(without.text.contains("alert") && !without.text.contains("200 OK"), "\(without.text)")
            let wrong = try await connect(
                listener, authority, [version, "-cert", other.path("client.pem"), "-key", other.path("client.key")])
            #expect(wrong.text.contains("alert unknown ca") && !wrong.text.contains("200 OK"), "\(wrong.text)")
            let right = try await connect(
                listener, authority,
                [version, "-cert", authority.path("client.pem"), "-key", authority.path("client.key")])
            #expect(right.text.contains("200 OK"), "\(right.text)")
            #expect(right.text.contains("CN = Test authority"))
        }
        #expect(
            server.counters
                == TLSCounters(completed: 1, failed: [.clientCertificateRefused: 1, .unknownAuthority: 1]))
    }

    @Test func renegotiationIsRefused() async throws {
        let authority = try await TestAuthority()
        let server = try ServerTLS(identity: try await authority.issue("leaf"), clients: .none)
        try await withServer(server) { listener in
            let result = try await openssl(
                ["s_client", "-connect", "127.0.0.1:\(listener.port)", "-tls1_2", "-CAfile", authority.path("ca.pem")],
                input: "R\n")
            #expect(result.text.contains("no renegotiation"), "\(result.text)")
        }
    }
}
