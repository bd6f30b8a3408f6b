import Crypto
import Foundation
import HTTPWire
import TLS
import Testing

/// A certificate authority in a folder of its own, which signs what tests need with the `openssl` command.
final class TestCertificates: Sendable {
    let folder: String

    init() async throws {
        var template = Array((NSTemporaryDirectory() + "/bulla-certificates-XXXXXX").utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
        try await openssl(["-subj", "/CN=Test authority", "-keyout", path("ca.key"), "-out", path("ca.pem")])
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Writes `\(name).pem` and `\(name).key` for 127.0.0.1, in the place of those that are there.
    func issue(_ name: String, days: Int = 30, usage: String = "serverAuth") async throws {
        try await openssl(
            [
                "-subj", "/CN=\(name)", "-CA", path("ca.pem"), "-CAkey", path("ca.key"),
                "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=IP:127.0.0.1",
                "-addext", "extendedKeyUsage=\(usage)", "-keyout", path("\(name).key"), "-out", path("\(name).pem"),
            ], days: days)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path("\(name).key"))
    }

    func read(_ name: String) throws -> SecretBytes {
        SecretBytes([UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name)))))
    }

    func write(_ bytes: SecretBytes, _ name: String) throws {
        try Data(bytes.withBytes { Array($0) }).write(to: URL(fileURLWithPath: path(name)))
    }

    func identity(_ name: String) throws -> TLSIdentity {
        TLSIdentity(certificates: try read("\(name).pem"), key: try read("\(name).key"))
    }

    /// A listener that shows this certificate.
    func listener(_ name: String) throws -> ListenerSecurity {
        try ServerTLS(identity: identity(name), clients: .none).security
    }

    /// A client that believes this authority and nobody else.
    func client(showing name: String? = nil) throws -> UpstreamSecurity {
        try ClientTLS(trust: .only(read("ca.pem")), identity: try name.map(identity)).security
    }

    private func openssl(_ arguments: [String], days: Int = 30) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
            + ["-days", "\(days)"] + arguments
        process.standardError = FileHandle.nullDevice
        // Waiting must not take one of the few threads that all tests share.
        let status = try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        try #require(status == 0)
    }
}

/// A world in which everybody shows a certificate of one authority.
struct WorldTLS: Sendable {
    let certificates: TestCertificates
    /// What the gateway's listener asks for, as in `gateway.tls`.
    var clientCertificates: String?
    /// Whom the gateway believes about the MCP server, and about the issuer.
    var serverAuthority: TestCertificates
    var issuerAuthority: TestCertificates
    let peer: ListenerSecurity

    init() async throws {
        certificates = try await TestCertificates()
        try await certificates.issue("gateway")
        try await certificates.issue("peer")
        peer = try certificates.listener("peer")
        (serverAuthority, issuerAuthority) = (certificates, certificates)
    }

    var gatewayLine: String {
        let clients = clientCertificates.map {
            ", client_ca: \"file:\(certificates.path("ca.pem"))\", client_certificates: \($0)"
        }
        let files = [("certificate", "gateway.pem"), ("key", "gateway.key")].map { key, name in
            "\(key): \"file:\(certificates.path(name))\""
        }
        return "tls: {\(files.joined(separator: ", "))\(clients ?? "")}"
    }

    var issuerCA: String { ", ca: \"file:\(issuerAuthority.path("ca.pem"))\"" }
    var serverCA: String { "ca: \"file:\(serverAuthority.path("ca.pem"))\"" }
}
