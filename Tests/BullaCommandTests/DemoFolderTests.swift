import Crypto
import Demo
import Foundation
import JOSE
import Policy
import Stores
import StrictCoding
import Testing

@testable import BullaCommand

@Suite struct DemoFolderTests {
    @Test func thePolicyOfTheDemoTakesEffectWithItsSecrets() throws {
        let folder = try DemoFolder(making: Self.freshPath())
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        try folder.write(Self.policy(in: folder))
        let keys = try folder.writeClientKey()
        let compilation = PolicyCompiler.compile(try PolicyFile.read(folder.policyPath))
        #expect(compilation.diagnostics.filter { $0.severity == .error }.map(\.rendered) == [])
        let policy = try #require(compilation.policy)
        let secrets = try SecretSource.load(policy, besides: folder.policyPath)

        #expect(policy.servers.map(\.name) == ["orders-mcp", "shop-mcp"])
        #expect(policy.services.map(\.mode) == [.onBehalfOf, .serviceIdentity, .restrictedUser])
        let client = try #require(policy.clients.first)
        guard case .privateKeyJWT(let reference) = client.authentication else {
            Issue.record("the gateway proves itself with its key")
            return
        }
        #expect(keys.keys.map(\.thumbprint) == [secrets.key(reference).thumbprint])
        #expect(client.clientID == DemoDirectory.gatewayID)
    }

    @Test func onlyItsOwnerReadsTheKey() throws {
        let folder = try DemoFolder(making: Self.freshPath())
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        let first = try folder.writeClientKey()
        let second = try folder.writeClientKey()
        #expect(first.keys.map(\.thumbprint) != second.keys.map(\.thumbprint))
        let file = folder.path + "/" + DemoPolicy.clientKeyFile
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [DemoPolicy.clientKeyFile])
    }

    private static func freshPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("bulla-demo-\(UUID().uuidString)").path
    }

    private static func policy(in folder: DemoFolder) -> DemoPolicy {
        DemoPolicy(
            publicURL: "http://127.0.0.1:8080", clients: "127.0.0.1:8080", egress: "127.0.0.1:8085",
            admin: "127.0.0.1:8083", issuer: "http://127.0.0.1:8081", upstream: "http://127.0.0.1:8082/mcp",
            downstreamAPI: "http://127.0.0.1:8084", program: "/usr/bin/bulla", directory: folder.path)
    }
}
