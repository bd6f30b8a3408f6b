import Crypto
import Foundation
import Testing

@testable import Stores

@Suite struct AuditKeyTests {
    @Test func theKeyIsMadeOnceAndKept() throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        #expect(try KeyDirectory.auditKey(in: folder.path) == nil)
        let first = try directory.auditKey()
        #expect(try directory.auditKey().publicKey == first.publicKey)
        #expect(try folder.open().auditKey().publicKey == first.publicKey)
        #expect(try KeyDirectory.auditKey(in: folder.path)?.publicKey == first.publicKey)
    }

    @Test func theKeyIsItsOwnersOnly() throws {
        let folder = try KeyFolder()
        _ = try folder.open().auditKey()
        var status = stat()
        try #require(stat(folder.path + "/audit.pem", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        try #require(chmod(folder.path + "/audit.pem", 0o640) == 0)
        #expect(throws: KeyDirectoryFailure.exposed(path: folder.path + "/audit.pem")) {
            try KeyDirectory.auditKey(in: folder.path)
        }
    }

    @Test(arguments: ["", "no key", "envelope"]) func aDamagedKeyIsNotReplaced(content: String) throws {
        let folder = try KeyFolder()
        let directory = try folder.open()
        let bytes =
            content == "envelope"
            ? try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + folder.keyName(directory)))
            : Data(content.utf8)
        try bytes.write(to: URL(fileURLWithPath: folder.path + "/audit.pem"))
        try #require(chmod(folder.path + "/audit.pem", 0o600) == 0)
        #expect(throws: KeyDirectoryFailure.self) { try directory.auditKey() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/audit.pem")) == bytes)
    }
}
