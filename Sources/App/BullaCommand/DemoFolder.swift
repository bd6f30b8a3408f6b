import Crypto
import Demo
import Foundation
import JOSE

/// Where the demo keeps the policy, and what belongs to it.
struct DemoFolder {
    let path: String

    init(making path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        self.path = URL(fileURLWithPath: path).path
    }

    var policyPath: String { path + "/policy.yaml" }
    var auditPath: String { path + "/audit.jsonl" }

    func write(_ policy: DemoPolicy) throws {
        try Data(policy.yaml.utf8).write(to: URL(fileURLWithPath: policyPath), options: .atomic)
    }

    /// A fresh key for the gateway as a client of the identity provider, which lives as long as that does: both
    /// begin anew with every demo. Only its owner can read the file, from its first byte on.
    func writeClientKey() throws -> KeySet {
        let key = try SigningKey.generate()
        let file = path + "/" + DemoPolicy.clientKeyFile
        let draft = file + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(draft) }
        let whole = key.pem.withBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) == $0.count }
        guard close(descriptor) == 0, whole, rename(draft, file) == 0 else { throw failure(file) }
        return KeySet([try JSONWebKey(key, kid: key.thumbprint)])
    }

    private func failure(_ file: String) -> DemoFailure {
        .cannotWrite(file, why: String(cString: strerror(errno)))
    }
}
