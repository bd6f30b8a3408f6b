import Crypto
import Foundation
import Policy
import StrictCoding
import Testing

@testable import Stores

/// The certificates and keys for TLS to which a policy refers, read from where they are kept.
@Suite(.timeLimit(.minutes(1))) struct CertificateSourceTests {
    private static let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    private static let key = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"

    private final class Place: Sendable {
        let folder: KeyFolder
        var policyPath: String { folder.parent + "/policy.yaml" }

        init() throws {
            folder = try KeyFolder()
            for name in Self.certificates { try put(name, CertificateSourceTests.certificate, mode: 0o644) }
            for name in Self.keys { try put(name, CertificateSourceTests.key) }
        }

        static let certificates = [
            "clients.pem", "egress.pem", "admin.pem", "client-ca.pem", "issuer-ca.pem", "service-ca.pem",
            "server-ca.pem",
        ]
        static let keys = ["clients.key", "egress.key", "admin.key"]

        func put(_ name: String, _ content: String, mode: mode_t = 0o600) throws {
            let path = folder.parent + "/" + name
            try? FileManager.default.removeItem(atPath: path)
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            try #require(chmod(path, mode) == 0)
        }

        func load(key: String = "file:clients.key") throws(SecretSourceFailure) -> PolicySecrets {
            try SecretSource.load(Self.policy(key: key), besides: policyPath)
        }

        static func policy(key: String = "file:clients.key") -> PolicySet {
            let text = """
                version: 1
                gateway:
                  public_url: https://gw.acme.example
                  tls: {certificate: "file:clients.pem", key: "\(key)", client_ca: "file:client-ca.pem"}
                  egress_tls: {certificate: "file:egress.pem", key: "file:egress.key"}
                  admin_tls: {certificate: "file:admin.pem", key: "file:admin.key", client_ca: "file:client-ca.pem"}
                issuers:
                  corp: {issuer: "https://login.acme.example", ca: "file:issuer-ca.pem", tenant: acme}
                servers:
                  orders:
                    path: /mcp/orders
                    upstream: https://orders.acme.example/mcp
                    ca: file:server-ca.pem
                    issuers: [corp]
                    scopes: [orders:read]
                    tools: {get_order: {require: [orders:read]}}
                    services: [api]
                services:
                  api:
                    url: https://api.acme.example
                    ca: file:service-ca.pem
                    mode: restricted_user
                    reissue: {audience: api, scopes: [orders:read], reason: a test}
                    allow: [{methods: [GET], paths: ["/**"], require: [orders:read]}]
                """
            let compilation = PolicyCompiler.compile(PolicySource(name: "policy.yaml", bytes: Array(text.utf8)))
            guard let policy = compilation.policy else {
                fatalError("\(compilation.diagnostics.map(\.rendered).joined(separator: "\n"))")
            }
            return policy
        }
    }

    private func text(_ secrets: PolicySecrets, _ name: String, _ source: SecretReference.Source = .file) -> String {
        secrets.secret(SecretReference(source: source, name: ByteString(name))).withBytes {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private func problems(_ place: Place) throws -> [SecretSourceFailure.Problem] {
        let failure = #expect(throws: SecretSourceFailure.self) { try place.load() }
        return try #require(failure).problems
    }

    // MARK: - Read

    @Test func everyCertificateAndKeyIsRead() throws {
        let secrets = try Place().load()
        for name in Place.certificates { #expect(text(secrets, name) + "\n" == Self.certificate) }
        for name in Place.keys { #expect(text(secrets, name) + "\n" == Self.key) }
    }

    /// What a policy refers to is what is there when it takes effect: nothing may be missing then.
    @Test func everyMentionOfAPolicyIsANeed() {
        let policy = Place.policy()
        let needs = Set(SecretNeed.all(of: policy))
        let mentions = policy.secretMentions.map { mention in
            SecretNeed(reference: mention.reference, use: mention.kind == .tlsKey ? .tlsKey : .certificates)
        }
        #expect(needs == Set(mentions))
        #expect(policy.secretMentions.count == 11)
    }

    @Test func aKeyMayBeAVariable() throws {
        try #require(setenv("BULLA_TEST_TLS_KEY", Self.key, 1) == 0)
        defer { unsetenv("BULLA_TEST_TLS_KEY") }
        let secrets = try Place().load(key: "env:BULLA_TEST_TLS_KEY")
        #expect(text(secrets, "BULLA_TEST_TLS_KEY", .environment) + "\n" == Self.key)
    }

    @Test(arguments: [
        "-----BEGIN TRUSTED CERTIFICATE-----\r\nAAAA\r\n-----END TRUSTED CERTIFICATE-----\r\n",
        "# of the house\n\n" + certificate + certificate,
    ]) func commentsAndOtherLabelsOfCertificatesAreRight(content: String) throws {
        let place = try Place()
        try place.put("issuer-ca.pem", content)
        _ = try place.load()
    }

    @Test(arguments: ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"])
    func aKeyOfAnyKindIsRead(label: String) throws {
        let place = try Place()
        try place.put("admin.key", "-----BEGIN \(label)-----\nAAAA\n-----END \(label)-----\n")
        _ = try place.load()
    }

    // MARK: - Refused

    @Test(
        arguments: [
            ("clients.pem", "", "it is empty"), ("clients.pem", "canary", "there is no certificate in PEM in it"),
            ("issuer-ca.pem", "text -----BEGIN CERTIFICATE-----", "there is no certificate in PEM in it"),
            ("server-ca.pem", key, "there is a private key in it, and certificates are shown to everybody"),
            (
                "service-ca.pem", certificate + key,
                "there is a private key in it, and certificates are shown to everybody"
            ),
            ("clients.key", "", "it is empty"), ("clients.key", "canary", "there is no private key in PEM in it"),
            ("egress.key", certificate, "there is no private key in PEM in it"),
        ]) func whatIsNotWhatItShouldBeIsNamedAndNotShown(name: String, content: String, says: String) throws
    {
        let place = try Place()
        try place.put(name, content)
        let problems = try problems(place)
        #expect(problems.map(\.reference.name.string) == [name])
        #expect(problems.map(\.reason) == [says])
        #expect(problems.map(\.noun) == [name.hasSuffix("key") ? "secret" : "certificates"])
    }

    @Test func certificatesMayBeLargerThanSecretsButNotWithoutEnd() throws {
        let place = try Place()
        try place.put("issuer-ca.pem", Self.certificate + String(repeating: "#\n", count: 500_000))
        try place.put("clients.key", Self.key + String(repeating: "#\n", count: 30_000))
        _ = try place.load()
        try place.put("issuer-ca.pem", Self.certificate + String(repeating: "#\n", count: 1 << 19))
        try place.put("clients.key", Self.key + String(repeating: "#\n", count: 1 << 15))
        #expect(try problems(place).map(\.reason) == ["it is larger than 64 KiB", "it is larger than 1 MiB"])
    }

    @Test(arguments: [(mode_t(0o600), true), (0o644, true), (0o444, true), (0o664, false), (0o646, false)])
    func certificatesMayBeReadByEverybodyAndChangedByTheirOwner(mode: mode_t, isAccepted: Bool) throws {
        let place = try Place()
        try place.put("service-ca.pem", Self.certificate, mode: mode)
        if geteuid() == 0 { try #require(chown(place.folder.parent + "/service-ca.pem", 12_345, 12_345) == 0) }
        guard !isAccepted else {
            _ = try place.load()
            return
        }
        let problem = try #require(try problems(place).first)
        #expect(problem.reason == "others than its owner can change it")
        #expect(problem.help == "run chmod go-w \(place.folder.parent)/service-ca.pem")
    }

    @Test(.enabled(if: geteuid() == 0, "needs to give a file away"))
    func aKeyIsReadAsASecretIs() throws {
        let place = try Place()
        try place.put("admin.key", Self.key, mode: 0o644)
        try #require(chown(place.folder.parent + "/admin.key", 12_345, 12_345) == 0)
        #expect(try problems(place).map(\.reason) == ["others than its owner can read or change it"])
    }

    @Test func whatCannotBeReadIsSaidWhereThePolicyAsksForIt() throws {
        let place = try Place()
        try FileManager.default.removeItem(atPath: place.folder.parent + "/clients.key")
        try FileManager.default.removeItem(atPath: place.folder.parent + "/client-ca.pem")
        try place.put("server-ca.pem", "canary")
        let failure = #expect(throws: SecretSourceFailure.self) { try place.load() }
        #expect(
            "\(try #require(failure))" == """
                \(place.policyPath):4:47: error: secret `file:clients.key`: it cannot be read: No such file or directory
                \(place.policyPath):4:78: error: certificates `file:client-ca.pem`: it cannot be read: No such file or \
                directory
                \(place.policyPath):13:9: error: certificates `file:server-ca.pem`: there is no certificate in PEM in it
                """)
    }
}
