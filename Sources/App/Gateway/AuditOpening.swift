import Audit
import Crypto
import Foundation
import Logging
import Policy
import Stores
import StrictCoding

/// Opens the audit log as a policy wants it, and says in the gateway's own log what happens to it.
struct AuditOpening {
    let policy: PolicySet
    /// Of the live segment, as it is to be opened.
    let path: String
    let directory: KeyDirectory
    let loops: Int
    let logger: Logger

    func open() throws -> AuditLog {
        let audit = policy.audit
        let settings = AuditLogSettings(
            path: path, mode: audit.mode == .required ? .required : .bestEffort,
            ingress: audit.ingress == .durable ? .durable : .enqueued, host: host, version: ByteString(Gateway.version),
            policyHash: policy.digest, key: try KeyDirectory.auditKey(in: directory.path),
            makeKey: { [directory] in try directory.auditKey() }, rotateBytes: audit.rotateBytes,
            rotateSeconds: audit.rotateSeconds, checkpointRecords: audit.checkpointRecords,
            checkpointSeconds: audit.checkpointSeconds, keepsCheckpoints: audit.checkpoints.contains(.file),
            showCheckpoint: audit.checkpoints.contains(.stdout) ? Self.show : nil)
        let log = try AuditLog(
            settings, loops: loops, capacity: policy.limits.auditQueue, report: { [self] in tell($0) })
        logger.info(
            "audit log opened",
            metadata: ["origin": "\(log.description.origin)", "vkey": "\(log.description.vkey)"])
        log.note(.configLoaded(policyHash: policy.digest, previous: nil, isReload: false))
        return log
    }

    /// Host and port of the public URL.
    private var host: ByteString {
        let origin = policy.publicURL.origin.bytes
        let scheme = policy.publicURL.scheme == .https ? "https://" : "http://"
        return ByteString(Array(origin.dropFirst(scheme.utf8.count)))
    }

    /// A reader that is slow, or gone, must not hold up the log: it misses a checkpoint then, which the next covers.
    private static let show: @Sendable ([UInt8]) -> Void = { line in
        var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&output, 1, 0) == 1, Int32(output.revents) & POLLOUT != 0 else { return }
        // Less than a pipe takes at once.
        _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    private func tell(_ report: AuditReport) {
        switch report {
        case .healthy:
            logger.notice("audit log can be written again")
        case .failing(let code):
            logger.error(
                "audit log cannot be written",
                metadata: ["reason": "\(reason(code))", "mode": "\(policy.audit.mode.rawValue)"])
        case .recovered(let file, let bytes):
            logger.warning(
                "a torn line of the audit log was set aside", metadata: ["file": "\(file)", "bytes": "\(bytes)"])
        case .rotated(let first):
            logger.info("audit log goes on in another file", metadata: ["seq": "\(first)"])
        case .rotationFailing(let code):
            logger.error("audit log cannot begin its next file", metadata: ["reason": "\(reason(code))"])
        case .checkpointFailing(let code):
            logger.error("audit checkpoint cannot be kept", metadata: ["reason": "\(reason(code))"])
        case .lost(let records):
            logger.error("audit records are missing", metadata: ["records": "\(records)"])
        }
    }

    private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
