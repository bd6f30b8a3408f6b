import Audit
import Crypto
import Foundation
import StrictCoding
import Synchronization

// Measures what the audit log costs, or makes a log for others to verify and to search.

do {
    let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
    var cast = try Cast()
    if let target = arguments.target {
        try write(arguments.records, to: target, &cast)
    } else {
        let path = "\(arguments.directory)/audit-cost-\(getpid())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let log = try open(path + "/audit.jsonl", cast)
        Measurement(arguments: arguments).run(&cast, log)
        log.close()
    }
} catch {
    FileHandle.standardError.write(Data("AuditCost: \(error)\n".utf8))
    exit(1)
}

func open(_ path: String, _ cast: Cast, now: (@Sendable () -> Int64)? = nil) throws -> AuditLog {
    try AuditLog(
        AuditLogSettings(
            path: path, host: "127.0.0.1:8080", version: "0.1.0", policyHash: cast.epoch.policy.digest,
            key: try Ed25519SigningKey.generate()),
        loops: 1, capacity: 8_192, now: now)
}

/// Records of ten days, the last of them now.
func write(_ count: Int, to path: String, _ cast: inout Cast) throws {
    var today = timespec()
    clock_gettime(CLOCK_REALTIME, &today)
    let step = Int64(10 * 86_400) * 1_000_000 / Int64(count)
    let first = Int64(today.tv_sec) * 1_000_000 - step * Int64(count)
    let clock = SharedClock(first)
    let log = try open(path, cast, now: { clock.now })
    var written = 0
    while written < count {
        for record in cast.records(written) where written < count {
            clock.now = first + step * Int64(written)
            while !log.queues[0].offer(record, microseconds: clock.now) { usleep(500) }
            written += 1
        }
    }
    print("origin \(log.description.origin)\nvkey \(log.description.vkey)")
    log.close()
}

/// The time of the record at hand, as the log's own records have it.
final class SharedClock: Sendable {
    private let time: Atomic<Int64>

    init(_ now: Int64) { time = Atomic(now) }

    var now: Int64 {
        get { time.load(ordering: .relaxed) }
        set { time.store(newValue, ordering: .relaxed) }
    }
}
