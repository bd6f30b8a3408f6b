import Crypto
import Foundation
import Policy
import StrictCoding
import Testing

@testable import Stores

/// The secrets of a policy, read from where they are kept.
@Suite(.timeLimit(.minutes(1))) struct SecretSourceTests {
    /// A policy that needs one secret of each use, beside files for them.
    private final class Place: Sendable {
        let folder: KeyFolder
        var policyPath: String { folder.parent + "/policy.yaml" }

        init() throws {
            folder = try KeyFolder()
            for (name, content) in Self.contents { try put(name, content) }
            try put("client.pem", Self.key.pem.withBytes { String(decoding: $0, as: UTF8.self) })
        }

        static let presenter = String(repeating: "A", count: 43)
        static let contents = [
            ("client", "client-secret"), ("bearer", "bearer-token"), ("header", "Token abc"), ("presenter", presenter),
            ("variable", "any thing\tat all"),
        ]
        static let key: SigningKey = {
            guard let key = try? SigningKey.generate() else { fatalError("libcrypto makes keys") }
            return key
        }()

        func put(_ name: String, _ content: String, mode: mode_t = 0o600) throws {
            try put(name, Array(content.utf8), mode: mode)
        }

        func put(_ name: String, _ content: [UInt8], mode: mode_t = 0o600) throws {
            let path = folder.parent + "/" + name
            try? FileManager.default.removeItem(atPath: path)
            try Data(content).write(to: URL(fileURLWithPath: path))
            try #require(chmod(path, mode) == 0)
        }

        func load(_ references: [String: String] = [:]) throws(SecretSourceFailure) -> PolicySecrets {
            try SecretSource.load(Self.policy(references), besides: policyPath)
        }

        static func policy(_ references: [String: String]) -> PolicySet {
            func at(_ name: String) -> String { references[name] ?? "file:\(name)" }
            let text = """
                version: 1
                gateway: {public_url: "http://127.0.0.1:8080"}
                issuers:
                  corp: {issuer: "http://127.0.0.1:9000", tenant: acme}
                clients:
                  plain: {issuer: corp, client_id: plain, auth: client_secret_post, secret: "\(at("client"))"}
                  keyed: {issuer: corp, client_id: keyed, auth: private_key_jwt, key: "\(at("client.pem"))"}
                servers:
                  orders:
                    path: /mcp/orders
                    upstream: http://127.0.0.1:3001/mcp
                    issuers: [corp]
                    scopes: [orders:read]
                    tools: {get_order: {require: [orders:read]}}
                    services: [fixed, headed, swapped, owned]
                    presenter: {path_secret: "\(at("presenter"))"}
                  launched:
                    path: /mcp/launched
                    launch: {command: [server], port_env: PORT, env: {TOKEN: "\(at("variable"))"}}
                    issuers: [corp]
                    scopes: [orders:read]
                    tools: {get_order: {require: [orders:read]}}
                    services: [fixed]
                services:
                  fixed:
                    url: http://127.0.0.1:4001
                    mode: service_identity
                    credential: {bearer: "\(at("bearer"))"}
                    allow: [{methods: [GET], paths: ["/**"], require: [orders:read]}]
                  headed:
                    url: http://127.0.0.1:4002
                    mode: service_identity
                    credential: {header: X-Api-Key, value: "\(at("header"))"}
                    allow: [{methods: [GET], paths: ["/**"], require: [orders:read]}]
                  swapped:
                    url: http://127.0.0.1:4003
                    mode: on_behalf_of
                    exchange: {client: plain, audience: swapped, scopes: [orders:read]}
                    allow: [{methods: [GET], paths: ["/**"], require: [orders:read]}]
                  owned:
                    url: http://127.0.0.1:4004
                    mode: service_identity
                    credential: {client: keyed, scopes: [orders:read]}
                    allow: [{methods: [GET], paths: ["/**"], require: [orders:read]}]
                """
            let compilation = PolicyCompiler.compile(PolicySource(name: "policy.yaml", bytes: Array(text.utf8)))
            guard let policy = compilation.policy else {
                fatalError("\(compilation.diagnostics.map(\.rendered).joined(separator: "\n"))")
            }
            return policy
        }
    }

    private func text(_ secrets: PolicySecrets, _ reference: String) -> String {
        let parts = reference.split(separator: ":", maxSplits: 1)
        let source: SecretReference.Source = parts[0] == "file" ? .file : .environment
        let secret = secrets.secret(SecretReference(source: source, name: ByteString(String(parts[1]))))
        return secret.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func file(_ name: String) -> SecretReference { SecretReference(source: .file, name: ByteString(name)) }

    // MARK: - Read

    @Test func everySecretOfAPolicyIsRead() throws {
        let secrets = try Place().load()
        for (name, content) in Place.contents { #expect(text(secrets, "file:\(name)") == content) }
        #expect(secrets.key(file("client.pem")).publicPoint == Place.key.publicPoint)
    }

    /// What a policy refers to is what is there when it takes effect: nothing may be missing then.
    @Test func everyReferenceOfAPolicyIsANeed() {
        let policy = Place.policy([:])
        let needs = SecretNeed.all(of: policy)
        let others: Set<SecretNeed.Use> = [.privateKey, .tlsKey, .certificates]
        #expect(needs.filter { !others.contains($0.use) }.map(\.reference) == policy.secretReferences)
        #expect(needs.filter { $0.use == .privateKey }.map(\.reference) == policy.keyReferences)
    }

    @Test func aVariableIsRead() throws {
        try #require(setenv("BULLA_TEST_SECRET", "from-the-environment", 1) == 0)
        defer { unsetenv("BULLA_TEST_SECRET") }
        let secrets = try Place().load(["bearer": "env:BULLA_TEST_SECRET"])
        #expect(text(secrets, "env:BULLA_TEST_SECRET") == "from-the-environment")
    }

    @Test(arguments: [
        ("secret", "secret"), ("secret\n", "secret"), ("secret\r\n", "secret"), ("\u{7E}!", "~!"),
    ]) func oneLineEndAtTheEndIsTheEditors(written: String, secret: String) throws {
        let place = try Place()
        try place.put("client", written)
        #expect(text(try place.load(), "file:client") == secret)
    }

    @Test func onlyOneLineEndIsTheEditors() throws {
        let place = try Place()
        try place.put("variable", "two lines\n\n")
        #expect(text(try place.load(), "file:variable") == "two lines\n")
    }

    @Test func aLinkIsFollowed() throws {
        let place = try Place()
        try place.put("elsewhere", "linked")
        try FileManager.default.removeItem(atPath: place.folder.parent + "/bearer")
        try #require(symlink("elsewhere", place.folder.parent + "/bearer") == 0)
        #expect(text(try place.load(), "file:bearer") == "linked")
    }

    @Test func anAbsolutePathIsTakenAsItIs() throws {
        let place = try Place()
        let path = place.folder.parent + "/client"
        #expect(text(try place.load(["client": "file:\(path)"]), "file:\(path)") == "client-secret")
    }

    // MARK: - Refused

    struct Fault: Sendable, CustomTestStringConvertible {
        let file: String
        let content: [UInt8]
        let says: String
        var testDescription: String { "\(file): \(says)" }

        init(_ file: String, _ content: String, _ says: String) {
            self.file = file
            self.content = Array(content.utf8)
            self.says = says
        }
    }

    private static let notVisible = "it holds a space, a line feed or something else that is not visible ASCII"
    private static let notAValue = "it cannot be the value of a field: visible ASCII, with spaces only in between"
    private static let notAPresenter = "it is not 32 random bytes in base64url without padding, 43 characters"
    private static let notPEM = "it is not one unencrypted private key in PEM"

    @Test(arguments: [
        Fault("client", "", "it is empty"), Fault("client", "\n", "it is empty"),
        Fault("client", "\r\n", "it is empty"),
        Fault("client", "canary secret", notVisible), Fault("client", "canary\n\n", notVisible),
        Fault("client", "canary\u{0}", notVisible), Fault("client", "canaryé", notVisible),
        Fault("bearer", "canary\r\nX-Injected: 1", notVisible), Fault("bearer", "\u{FEFF}canary", notVisible),
        Fault("bearer", "canary ", notVisible), Fault("bearer", "canary\t", notVisible),
        Fault("header", "canary\r\nX-Injected: 1", notAValue), Fault("header", " canary", notAValue),
        Fault("header", "canary ", notAValue), Fault("header", "canary\ttab", notAValue),
        Fault("presenter", "canary", notAPresenter),
        Fault("presenter", String(repeating: "A", count: 42) + "B", notAPresenter),
        Fault("presenter", String(repeating: "A", count: 42) + "/", notAPresenter),
        Fault("variable", "canary\u{0}canary", "it holds a NUL byte, which no environment variable can"),
        Fault("client.pem", "canary", notPEM),
        Fault("client.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", notPEM),
        Fault("client", String(repeating: "canary", count: 11_000), "it is larger than 64 KiB"),
    ]) func whatCannotBeUsedIsNamedAndNotShown(_ fault: Fault) throws {
        let place = try Place()
        try place.put(fault.file, fault.content)
        let failure = #expect(throws: SecretSourceFailure.self) { try place.load() }
        let problems = try #require(failure).problems
        #expect(problems.map(\.reference) == [file(fault.file)])
        #expect(problems.map(\.reason) == [fault.says])
        #expect(!"\(try #require(failure))".contains("canary"))
    }

    @Test func aKeyOfAnotherKindIsRefused() throws {
        let place = try Place()
        try place.put("client.pem", Self.keyOnP384)
        let failure = #expect(throws: SecretSourceFailure.self) { try place.load() }
        #expect(try #require(failure).problems.map(\.reason) == ["it holds a key of type secp384r1, not on P-256"])
    }

    @Test func whatIsNotThereIsRefused() throws {
        let place = try Place()
        try FileManager.default.removeItem(atPath: place.folder.parent + "/client")
        try #require(mkdir(place.folder.parent + "/directory", 0o700) == 0)
        try #require(mkfifo(place.folder.parent + "/pipe", 0o600) == 0)
        unsetenv("BULLA_TEST_UNSET")
        try #require(setenv("BULLA_TEST_EMPTY", "", 1) == 0)
        let failure = #expect(throws: SecretSourceFailure.self) {
            try place.load([
                "bearer": "env:BULLA_TEST_UNSET", "header": "env:BULLA_TEST_EMPTY", "presenter": "file:directory",
                "variable": "file:pipe", "client.pem": "file:/dev/zero",
            ])
        }
        #expect(
            try #require(failure).problems.map { "\($0.reference.text): \($0.reason)" } == [
                "file:client: it cannot be read: No such file or directory",
                "file:/dev/zero: it is not a file",
                "env:BULLA_TEST_UNSET: the environment variable is not set",
                "env:BULLA_TEST_EMPTY: it is empty",
                "file:directory: it is not a file",
                "file:pipe: it is not a file",
            ])
    }

    @Test func everythingIsSaidAtOnceAndWhereItIsAskedFor() throws {
        let place = try Place()
        try place.put("client", "")
        try place.put("presenter", "short")
        let failure = #expect(throws: SecretSourceFailure.self) { try place.load() }
        #expect(
            "\(try #require(failure))" == """
                \(place.policyPath):6:77: error: secret `file:client`: it is empty
                \(place.policyPath):16:30: error: secret `file:presenter`: it is not 32 random bytes in base64url \
                without padding, 43 characters
                  help: make one with openssl rand -base64 32 | tr +/ -_ | tr -d =
                """)
    }

    /// One that is read for two uses is named once when it cannot be read, and for each use that it does not suit.
    @Test func aReferenceThatIsUsedTwiceIsReadOnce() throws {
        let place = try Place()
        let both = ["header": "file:bearer", "variable": "file:bearer"]
        #expect(text(try place.load(both), "file:bearer") == "bearer-token")
        try place.put("bearer", "Token abc")
        let unsuited = #expect(throws: SecretSourceFailure.self) { try place.load(both) }
        #expect(try #require(unsuited).problems.map(\.reason) == [Self.notVisible])
        try place.put("bearer", "")
        let empty = #expect(throws: SecretSourceFailure.self) { try place.load(both) }
        #expect(try #require(empty).problems.map(\.reason) == ["it is empty"])
    }

    // MARK: - Who else may read it

    private static let exposed = "others than its owner can read or change it"

    @Test(
        .enabled(if: geteuid() == 0, "needs to give a file away"),
        arguments: [
            (mode_t(0o600), true), (0o400, true), (0o640, false), (0o604, false), (0o660, false), (0o622, false),
        ]) func aFileOfOthersIsForItsOwnerOnly(mode: mode_t, isAccepted: Bool) throws
    {
        let place = try Place()
        try place.put("client", "client-secret", mode: mode)
        let path = place.folder.parent + "/client"
        try #require(chown(path, 12_345, 12_345) == 0)
        try check(place, isAccepted: isAccepted)
    }

    /// Orchestrators mount secrets as files of root that everybody may read.
    @Test(
        .enabled(if: geteuid() == 0, "makes files of root"),
        arguments: [
            (mode_t(0o600), true), (0o640, true), (0o444, true), (0o644, true), (0o660, false), (0o646, false),
        ]) func aFileOfRootMayBeReadByOthersAndNotChanged(mode: mode_t, isAccepted: Bool) throws
    {
        let place = try Place()
        try place.put("client", "client-secret", mode: mode)
        try check(place, isAccepted: isAccepted)
    }

    private func check(_ place: Place, isAccepted: Bool) throws {
        guard !isAccepted else {
            #expect(text(try place.load(), "file:client") == "client-secret")
            return
        }
        let failure = #expect(throws: SecretSourceFailure.self) { try place.load() }
        let problem = try #require(failure?.problems.first)
        #expect(problem.reason == Self.exposed)
        #expect(problem.help == "run chmod go-rwx \(place.folder.parent)/client")
    }

    /// Made for this test.
    private static let keyOnP384 = """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCi95mbh9uhjf2IBC19
        0J2l4Cs312nRzYcthgcCN8nz7pB0DXxtrmvuk0+ISbu7zlyhZANiAAR7Dbfm7klW
        BiRT+G3FUCPH8pip/4Qa2DTSlbUQt6SkUUAaX44Hcx4/98c7SBQ7CVbBdRO1ujOB
        8jLdb3CvLMT+BU0CebbzETmV4cW00YCIZw5o06DzYLTSyzRsGrM3kjE=
        -----END PRIVATE KEY-----
        """
}
