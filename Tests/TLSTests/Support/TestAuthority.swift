import Crypto
import Foundation

@testable import TLS

/// A certificate authority that lives as long as a test, and signs whatever it is asked to.
final class TestAuthority: Sendable {
    let directory: URL
    var certificate: SecretBytes { get throws { try read("ca.pem") } }

    init(named name: String = "Test authority") async throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try write(Self.configuration, "ca.cnf")
        try await openssl(
            ["req", "-x509", "-new", "-subj", "/CN=\(name)", "-days", "30", "-keyout", path("ca.key")]
                + ["-out", path("ca.pem"), "-addext", "keyUsage=critical,keyCertSign,cRLSign"] + Self.newKey)
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    func read(_ name: String) throws -> SecretBytes {
        SecretBytes([UInt8](try Data(contentsOf: directory.appendingPathComponent(name))))
    }

    /// A certificate on P-256; also to be found in the directory as `\(file).pem` and `\(file).key`.
    ///
    /// - Parameter days: when its validity begins and ends, counted from today.
    func issue(
        _ file: String, for names: String? = "DNS:localhost,IP:127.0.0.1", subject: String = "/CN=leaf",
        usage: String = "serverAuth", days: ClosedRange<Int> = -1...10, digest: String = "sha256",
        key: [String] = TestAuthority.newKey
    ) async throws -> TLSIdentity {
        let work = "work-\(file)"
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent(work), withIntermediateDirectories: true)
        try write("", "\(work)/index.txt")
        try write(
            "basicConstraints=CA:FALSE\nextendedKeyUsage=\(usage)\n" + (names.map { "subjectAltName=\($0)\n" } ?? ""),
            "\(work)/extensions")
        let configuration = Self.configuration.replacingOccurrences(of: "DIRECTORY", with: path(work))
        try write(configuration, "\(work)/ca.cnf")
        try await openssl(
            ["req", "-new", "-subj", subject, "-keyout", path("\(file).key"), "-out", path("\(work)/request")] + key)
        let result = try await openssl([
            "ca", "-batch", "-notext", "-config", path("\(work)/ca.cnf"), "-in", path("\(work)/request"),
            "-out", path("\(file).pem"), "-cert", path("ca.pem"), "-keyfile", path("ca.key"),
            "-md", digest, "-extfile", path("\(work)/extensions"), "-startdate", Self.date(days.lowerBound),
            "-enddate", Self.date(days.upperBound),
        ])
        guard result.status == 0 else { throw CommandFailed(text: result.text) }
        return TLSIdentity(certificates: try read("\(file).pem"), key: try read("\(file).key"))
    }

    /// A certificate that vouches for itself.
    func selfSigned(_ file: String) async throws -> TLSIdentity {
        try await openssl(
            ["req", "-x509", "-new", "-subj", "/CN=alone", "-days", "10", "-addext", "subjectAltName=DNS:localhost"]
                + ["-keyout", path("\(file).key"), "-out", path("\(file).pem")] + Self.newKey)
        return TLSIdentity(certificates: try read("\(file).pem"), key: try read("\(file).key"))
    }

    struct CommandFailed: Error {
        let text: String
    }

    static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: directory.appendingPathComponent(name))
    }

    private static func date(_ days: Int) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "yyyyMMddHHmmss'Z'"
        return format.string(from: Date(timeIntervalSinceNow: Double(days) * 86_400))
    }

    private static let configuration = """
        [ca]
        default_ca = test
        [test]
        database = DIRECTORY/index.txt
        new_certs_dir = DIRECTORY
        policy = any
        rand_serial = yes
        unique_subject = no
        default_md = sha256
        [any]
        commonName = supplied
        """
}
