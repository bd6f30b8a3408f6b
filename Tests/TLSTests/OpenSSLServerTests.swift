import Crypto
import Foundation
import HTTPWire
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import TLS

/// OpenSSL's own server against our client.
@Suite(.serialized, .timeLimit(.minutes(2))) struct OpenSSLServerTests {
    /// Runs `s_server -www` for the time of `body`.
    private func withOpenSSL(
        _ authority: TestAuthority, _ options: [String], _ body: (Int) async throws -> Void
    ) async throws {
        let reserved = try ReservedPort()
        defer { withExtendedLifetime(reserved) {} }
        let port = reserved.number
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["openssl", "s_server", "-www", "-quiet", "-accept", "127.0.0.1:\(port)", "-cert"]
            + [authority.path("leaf.pem"), "-key", authority.path("leaf.key")] + options
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It inherits a signal mask that blocks every gentler signal.
        defer { kill(process.processIdentifier, SIGKILL) }
        try await waitForListener(port)
        try await body(port)
    }

    private func waitForListener(_ port: Int) async throws {
        for _ in 0..<100 {
            if let channel = try? await ClientBootstrap(group: loops).connect(host: "127.0.0.1", port: port).get() {
                return channel.close(promise: nil)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("openssl s_server does not listen")
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let options: String
        var failure: FetchFailure?
        var testDescription: String { options }
    }

    @Test(arguments: [
        Row(options: "-tls1_3"),
        Row(options: "-tls1_2"),
        Row(options: "-tls1_3 -num_tickets 0"),
        Row(options: "-alpn http/1.1"),
        Row(options: "-tls1_1 -cipher DEFAULT@SECLEVEL=0", failure: .upstream(.tls(.noCommonGround))),
        Row(options: "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA", failure: .upstream(.tls(.noCommonGround))),
        Row(options: "-groups P-521", failure: .upstream(.tls(.noCommonGround))),
    ]) func versionsAndAlgorithmsAreAgreedOn(_ row: Row) async throws {
        let authority = try await TestAuthority()
        _ = try await authority.issue("leaf")
        let tls = try ClientTLS(trust: .only(try authority.certificate))
        try await withOpenSSL(authority, row.options.split(separator: " ").map(String.init)) { port in
            let client = TestClient(tls)
            let failure = await client.failure(port: port)
            #expect(failure == row.failure)
            await client.shutdown()
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func aSessionIsResumed(_ version: String) async throws {
        let authority = try await TestAuthority()
        _ = try await authority.issue("leaf")
        let tls = try ClientTLS(trust: .only(try authority.certificate))
        try await withOpenSSL(authority, [version]) { port in
            for isResumed in [false, true, true] {
                let client = TestClient(tls)
                let page = String(decoding: try await client.fetch(port: port).body, as: UTF8.self)
                #expect(page.contains(isResumed ? "Reused, TLS" : "New, TLS"), "\(page)")
                await client.shutdown()
            }
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3", "-tls1_3 -num_tickets 0"]) func aClientCertificateIsShown(
        _ options: String
    ) async throws {
        let authority = try await TestAuthority()
        let other = try await TestAuthority(named: "Somebody else")
        _ = try await authority.issue("leaf")
        let right = try await authority.issue("client", for: nil, usage: "clientAuth")
        let wrong = try await other.issue("client", for: nil, usage: "clientAuth")
        let required = ["-Verify", "1", "-verify_return_error", "-CAfile", authority.path("ca.pem")]
        try await withOpenSSL(authority, options.split(separator: " ").map(String.init) + required) { port in
            for (identity, isGood) in [(right, true), (wrong, false), (nil, false)] {
                let tls = try ClientTLS(trust: .only(try authority.certificate), identity: identity)
                let client = TestClient(tls)
                let expected = isGood ? nil : FetchFailure.upstream(.tls(.clientCertificateRefused))
                #expect(await client.failure(port: port) == expected)
                await client.shutdown()
            }
        }
    }
}
