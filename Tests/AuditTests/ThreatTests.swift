import Delegation
import Foundation
import StrictCoding
import Synchronization
import Testing

@testable import Admission
@testable import Audit

/// The threats of the design that meet the audit log, by their numbers.
@Suite(.timeLimit(.minutes(2))) struct ThreatTests {
    // MARK: - 43: log injection

    private static let hostile = [
        "a\nb", "a\r\nb", "\u{1B}[2J\u{1B}[31m", "\u{9B}31m", "a\u{2028}b\u{2029}c", "admin\u{202E}txt\u{2066}x",
        #"x","decision":"allow","y":""#, "\u{0}\u{7F}\\", "}\n{\"v\":1,\"seq\":0}",
    ]

    @Test func case43_textFromOutsideStaysInOneLineAndCannotDeceive() async throws {
        let folder = try LogFolder()
        let log = try folder.open(capacity: 10_000)
        var offered = 0
        for text in Self.hostile + Self.hostile.map({ String(repeating: $0, count: (1 << 20) / $0.utf8.count) }) {
            let isLong = text.utf8.count > 1_000
            var trail = Sample.trail(
                isLong ? nil : try Sample.caller(subject: ByteString(text), name: ByteString(text)))
            (trail.mcpMethod, trail.mcpName) = (ByteString(text), ByteString(text))
            trail.requestID = Array("\"\(text.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline })\"".utf8)
            var call = Sample.call()
            call.method = ByteString(text)
            call.audience = ByteString(text)
            let records: [AuditRecord] = [
                .ingress(IngressRecord(accepted: trail, epoch: Sample.epoch)), Sample.egress(.intent, call),
                // The description of an authorization server's error.
                Sample.egress(.result(status: 502, reason: "exchange_rejected: \(text)", durationMicroseconds: 1)),
                Sample.egress(.denied(reason: text, status: 403), call),
            ]
            for record in records { #expect(log.queues[0].offer(record, microseconds: 0)) }
            offered += records.count
        }
        log.close()
        let lines = try folder.lines
        #expect(lines.count == offered + 2, "one line each, the log's first and last besides")
        for line in lines {
            #expect(line.count < 16_000)
            let text = String(decoding: line, as: UTF8.self).unicodeScalars
            #expect(!text.contains { $0.value < 0x20 || 0x7F...0x9F ~= $0.value })
            #expect(!text.contains { [0x2028, 0x2029, 0x202E, 0x2066].contains($0.value) })
        }
        try folder.expectProved()
    }

    // MARK: - 44: the sink, the clock, two processes

    @Test(arguments: FaultyDisk.Step.allCases, [ENOSPC, EIO]) func case44_aDiskThatRefusesAnywhereNeverBreaksTheLog(
        step: FaultyDisk.Step, failure: Int32
    ) async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(
            calls: disk.calls, change: { ($0.rotateBytes, $0.checkpointRecords) = (3_000, 4) })
        let answers = Mutex<[(String, Bool)]>([])
        var taken: Set<String> = []
        for round in 0..<3 {
            disk.set {
                $0.failures[step] = failure
                $0.writesBefore = 100
            }
            for number in 0..<12 {
                let name = "\(round)-\(number)"
                if number.isMultiple(of: 3) {
                    log.queues[0].offerDurably(Sample.intent(name), microseconds: 0) { isThere in
                        answers.withLock { $0.append((name, isThere)) }
                    }
                } else if log.queues[0].offer(Sample.record(name), microseconds: 0) {
                    taken.insert(name)
                }
                try await Task.sleep(for: .milliseconds(4))
            }
            disk.fail(step, nil)
            try await eventually("it works again") { log.isHealthy }
        }
        #expect(log.close() == 0)
        let written = try folder.transactions
        #expect(Set(written).count == written.count, "no record is there twice")
        #expect(taken.isSubset(of: written), "what was taken is there")
        let told = answers.withLock { $0 }
        #expect(told.count == 12, "everybody is answered")
        for (name, isThere) in told where isThere { #expect(written.contains(name)) }
        try folder.expectProved()
    }

    @Test func case44_aSlowDiskHoldsUpOnlyThoseWhoWaitForIt() async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(capacity: 64, calls: disk.calls)
        try await eventually("the log has begun") { disk.records == 1 }
        disk.set { $0.isHeld = true }
        let isAnswered = Mutex(false)
        log.queues[0].offerDurably(Sample.intent("slow"), microseconds: 0) { _ in isAnswered.withLock { $0 = true } }
        try await eventually("the disk is asked") { disk.syncs == 2 }
        let taken = (0..<100).count { log.queues[0].offer(Sample.record("\($0)"), microseconds: 0) }
        #expect(taken == 64, "then there is no room, and requests are refused")
        #expect(!isAnswered.withLock { $0 })
        disk.set { $0.isHeld = false }
        log.close()
        #expect(try folder.transactions.count == 65)
        try folder.expectProved()
    }

    /// Somebody took the file's content away while it was written.
    @Test func case44_aFileThatIsCutByOthersIsNotGoneOnWith() async throws {
        let folder = try LogFolder()
        let log = try folder.open()
        log.queues[0].offerDurably(Sample.intent("durable"), microseconds: 0) { _ in }
        try await eventually("it is written") { log.recordsWritten == 1 }
        try #require(truncate(folder.log, 0) == 0)
        _ = log.queues[0].offer(Sample.record("late"), microseconds: 0)
        try await eventually("it is noticed") { !log.isHealthy }
        #expect(!log.queues[0].offer(Sample.record("later"), microseconds: 0))
        #expect(log.close() == 1)
    }

    @Test func case44_timesNeverGoBack() async throws {
        let folder = try LogFolder()
        let start: Int64 = 1_795_478_400_000_000
        for (run, now) in [start, start - 3_600_000_000, -5, Int64.max].enumerated() {
            let log = try folder.open(now: { now })
            for (number, time) in [now, now &- 7, now &+ 3, 0, now].enumerated() {
                #expect(log.queues[0].offer(Sample.record("\(run)-\(number)"), microseconds: time))
            }
            log.close()
        }
        let records = try folder.records
        #expect(records.enumerated().allSatisfy { Int64($0) == $1["seq"]?.integer })
        try folder.expectProved()
    }

    @Test func case44_oneLogHasOneWriterThroughAllItsSegments() async throws {
        let folder = try LogFolder()
        let log = try folder.open(change: { $0.rotateBytes = 2_000 })
        for number in 0..<20 {
            _ = log.queues[0].offer(Sample.record("\(number)"), microseconds: 0)
            try await eventually("it is written") { log.recordsWritten == number + 1 }
            #expect(throws: AuditFailure.inUse(path: folder.log)) { try folder.open() }
        }
        #expect(try folder.segments.count > 2)
        log.close()
        try folder.open().close()
        try folder.expectProved()
    }

    /// A sync that failed may have lost what it was to write, though the next one works.
    @Test func case44_whatADiskForgotIsSaidToBeLost() async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(calls: disk.calls)
        let answers = Mutex<[Bool]>([])
        log.queues[0].offerDurably(Sample.intent("kept"), microseconds: 0) { isThere in
            answers.withLock { $0.append(isThere) }
        }
        try await eventually("it is there") { answers.withLock { $0 } == [true] }
        let kept = folder.size
        disk.fail(.sync)
        log.queues[0].offerDurably(Sample.intent("forgotten"), microseconds: 0) { isThere in
            answers.withLock { $0.append(isThere) }
        }
        try await eventually("it is refused") { answers.withLock { $0 } == [true, false] }
        // As a disk does that could not write a page.
        let file = try #require(FileHandle(forUpdatingAtPath: folder.log))
        try file.seek(toOffset: UInt64(kept + 40))
        try file.write(contentsOf: Data(repeating: 0, count: 100))
        try file.close()
        disk.fail(.sync, nil)
        try await eventually("it works again") { log.isHealthy }
        #expect(log.queues[0].offer(Sample.record("after"), microseconds: 0))
        log.close()
        #expect(try folder.transactions == ["kept", "after"])
        #expect(try folder.events.contains("audit.lost"))
        #expect(try folder.names.contains { $0.contains("torn") })
        try folder.expectProved()
    }
}
