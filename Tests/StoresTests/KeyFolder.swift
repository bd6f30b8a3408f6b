import Foundation
import Identity
import Testing

@testable import Stores

/// A folder for one test, with looks at what lies in it.
final class KeyFolder: Sendable {
    /// The folder around the key directory.
    let parent: String
    /// Where the key directory is or will be.
    var path: String { parent + "/keys" }

    static let start = UnixTime(seconds: 1_795_478_400)

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/bulla-stores-XXXXXX").utf8CString)
        parent = String(cString: try #require(mkdtemp(&template)))
    }

    deinit { try? FileManager.default.removeItem(atPath: parent) }

    func open(at now: UnixTime = start) throws(KeyDirectoryFailure) -> KeyDirectory {
        try KeyDirectory.open(path, now: now)
    }

    /// Permission bits of a file of the directory, or of the directory itself.
    func mode(_ name: String = "") throws -> UInt16 {
        var status = stat()
        try #require(lstat(path + "/" + name, &status) == 0)
        return UInt16(status.st_mode & 0o7777)
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
    }

    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
        try #require(chmod(path + "/" + name, mode) == 0)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
    }

    /// The name of the first key's file.
    func keyName(_ directory: KeyDirectory, _ purpose: KeyPurpose = .envelope) -> String {
        "\(purpose.rawValue)-\(directory.ring(purpose).keys[0].keyID).pem"
    }

    /// The files of a folder whose rings have one key each, without secrets of presenters.
    func firstNames(_ directory: KeyDirectory) -> [String] {
        let keys = KeyPurpose.allCases.map { keyName(directory, $0) }
        return (keys + ["assertion-ring.json", "lock", "reissue-ring.json", "ring.json", "root.key"]).sorted()
    }
}

extension KeyDirectory {
    var keyIDs: [String] { keyIDs(.envelope) }

    func keyIDs(_ purpose: KeyPurpose) -> [String] { ring(purpose).keys.map(\.keyID.string) }

    func published(at now: UnixTime) -> [String] { ring.verificationKeys(now: now).keys.compactMap { $0.kid?.string } }
}
