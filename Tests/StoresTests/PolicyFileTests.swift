import Foundation
import Policy
import Testing

@testable import Stores

@Suite(.timeLimit(.minutes(1))) struct PolicyFileTests {
    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
    func allBytesAreRead(count: Int) throws {
        let folder = try KeyFolder()
        let path = folder.parent + "/policy.yaml"
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let source = try PolicyFile.read(path)
        #expect(source.bytes == bytes)
        #expect(source.name == path)
    }

    @Test func aFileThatIsTooLargeIsCutWhereTheCompilerNoticesIt() throws {
        let folder = try KeyFolder()
        let path = folder.parent + "/policy.yaml"
        try Data().write(to: URL(fileURLWithPath: path))
        try #require(truncate(path, 1 << 40) == 0)
        let source = try PolicyFile.read(path)
        #expect(source.bytes.count > PolicySource.mostBytes)
        #expect(source.bytes.count <= PolicySource.mostBytes + (64 << 10))
        #expect(PolicyCompiler.compile(source).policy == nil)
    }

    @Test func whatCannotBeReadIsExplained() throws {
        let folder = try KeyFolder()
        let rows = [
            (folder.parent, "not a file"),
            (folder.parent + "/nothing.yaml", "No such file or directory"),
            ("/dev/zero", "not a file"),
            ("", "No such file or directory"),
        ]
        for (path, why) in rows {
            let failure = #expect(throws: PolicyFileFailure.self) { try PolicyFile.read(path) }
            #expect("\(try #require(failure))" == "policy file `\(path)` cannot be read: \(why)")
        }
    }

    /// `bulla check <(generate)` works.
    @Test func aPipeCanBeAPolicy() async throws {
        let folder = try KeyFolder()
        let path = folder.parent + "/pipe"
        try #require(mkfifo(path, 0o600) == 0)
        let writer = Thread { try? Data("version: 1\n".utf8).write(to: URL(fileURLWithPath: path)) }
        writer.start()
        #expect(try PolicyFile.read(path).bytes == Array("version: 1\n".utf8))
    }

    @Test(arguments: [
        ("keys", "policy.yaml", "keys"),
        ("keys", "policies/orders.yaml", "policies/keys"),
        ("keys", "/etc/bulla/orders.yaml", "/etc/bulla/keys"),
        ("../keys", "/etc/bulla/orders.yaml", "/etc/bulla/../keys"),
        ("/var/lib/keys", "/etc/bulla/orders.yaml", "/var/lib/keys"),
        ("/var/lib/keys", "orders.yaml", "/var/lib/keys"),
        ("keys", "/orders.yaml", "/keys"),
        ("keys", "./orders.yaml", "./keys"),
    ])
    func pathsInAPolicyStartAtItsFolder(path: String, policy: String, resolved: String) {
        #expect(PolicyFile.resolve(path, besides: policy) == resolved)
    }
}
