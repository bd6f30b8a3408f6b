package import Crypto
package import StrictCoding

/// What a log is opened with.
package struct AuditLogSettings: Sendable {
    /// The live segment; the others stand beside it.
    package var path: String
    package var mode: AuditMode
    package var ingress: AuditIngress
    /// Host, and port where there is one, under which the gateway is known.
    package var host: ByteString
    /// Of the gateway.
    package var version: ByteString
    package var policyHash: ByteString
    /// Signs checkpoints, and nothing else; nil where there is none yet.
    package var key: Ed25519SigningKey?
    /// Makes the key that is not there yet. Asked where a log begins only: one that goes on has its key.
    package var makeKey: (@Sendable () throws -> Ed25519SigningKey)?
    /// A segment that is as large, or as old, is followed by another one.
    package var rotateBytes: Int
    package var rotateSeconds: Int
    /// After so many records, or so many seconds where there is a record, a checkpoint is signed.
    package var checkpointRecords: Int
    package var checkpointSeconds: Int
    /// Whether checkpoints are kept in a file beside the log.
    package var keepsCheckpoints: Bool
    /// Where each checkpoint is shown besides, as one line of JSON; called on the writer's thread.
    package var showCheckpoint: (@Sendable ([UInt8]) -> Void)?

    package init(
        path: String, mode: AuditMode = .required, ingress: AuditIngress = .enqueued, host: ByteString,
        version: ByteString, policyHash: ByteString, key: Ed25519SigningKey?,
        makeKey: (@Sendable () throws -> Ed25519SigningKey)? = nil, rotateBytes: Int = 64 << 20,
        rotateSeconds: Int = 86_400, checkpointRecords: Int = 1_000, checkpointSeconds: Int = 10,
        keepsCheckpoints: Bool = true, showCheckpoint: (@Sendable ([UInt8]) -> Void)? = nil
    ) {
        self.path = path
        self.mode = mode
        self.ingress = ingress
        self.host = host
        self.version = version
        self.policyHash = policyHash
        self.key = key
        self.makeKey = makeKey
        self.rotateBytes = rotateBytes
        self.rotateSeconds = rotateSeconds
        self.checkpointRecords = checkpointRecords
        self.checkpointSeconds = checkpointSeconds
        self.keepsCheckpoints = keepsCheckpoints
        self.showCheckpoint = showCheckpoint
    }
}
