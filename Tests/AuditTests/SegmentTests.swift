import AuditProof
import Foundation
import Synchronization
import Testing

@testable import Audit

/// Segments that follow one another, and the checkpoints over them.
@Suite(.timeLimit(.minutes(2))) struct SegmentTests {
    final class Clock: Sendable {
        private let time = Mutex<Int64>(1_795_478_400_000_000)
        var now: @Sendable () -> Int64 { { [self] in time.withLock { $0 } } }
        func move(_ seconds: Int64) { time.withLock { $0 += seconds * 1_000_000 } }
    }

    private func offer(_ log: AuditLog, _ range: Range<Int>, _ clock: Clock = Clock()) async throws {
        let before = log.recordsWritten
        for number in range {
            #expect(log.queues[0].offer(Sample.record("\(number)"), microseconds: clock.now()))
        }
        try await eventually("they are written") { log.recordsWritten == before + range.count }
    }

    @Test func aFileThatIsLargeEnoughIsFollowedByAnother() async throws {
        let folder = try LogFolder()
        let log = try folder.open(change: { $0.rotateBytes = 2_000 })
        for number in 0..<20 { try await offer(log, number..<number + 1) }
        log.close()
        let segments = try folder.segments
        #expect(segments.count > 3)
        #expect(segments.last == "audit.jsonl")
        for name in segments {
            let bytes = try folder.bytes(name)
            let opened = try OpenedRecord(Array(bytes.prefix { $0 != 0x0A }))
            if name != "audit.jsonl" { #expect(name == LogFolder.name.rotated(first: opened.tree.size)) }
        }
        #expect(try folder.transactions == (0..<20).map(String.init))
        #expect(log.counters.segments == segments.count - 1)
        // One at each end of a segment, all of them agreeing.
        #expect(try folder.checkpoints.count == segments.count)
        try folder.expectProved()
    }

    @Test func aFileThatIsOldEnoughIsFollowedByAnother() async throws {
        let (folder, clock) = (try LogFolder(), Clock())
        let log = try folder.open(now: clock.now, change: { $0.rotateSeconds = 60 })
        try await offer(log, 0..<2, clock)
        clock.move(59)
        try await offer(log, 2..<4, clock)
        #expect(try folder.segments == ["audit.jsonl"])
        clock.move(2)
        try await offer(log, 4..<6, clock)
        try await eventually("it is followed") { try folder.segments.count == 2 }
        log.close()
        try folder.expectProved()
    }

    @Test func aStartGoesOnBetweenTwoSegments() async throws {
        for hasLive in [true, false] {
            let folder = try LogFolder()
            let log = try folder.open()
            try await offer(log, 0..<3)
            log.close()
            // The crash came when the live file had its number, and no other was there, or it was empty.
            try FileManager.default.moveItem(
                atPath: folder.log, toPath: folder.path + "/" + LogFolder.name.rotated(first: 0))
            if hasLive { try folder.write([]) }
            let again = try folder.open()
            try await offer(again, 3..<4)
            again.close()
            #expect(try folder.transactions == ["0", "1", "2", "3"])
            #expect(try folder.events.count { $0 == "audit.opened" } == 2)
            try folder.expectProved()
        }
    }

    /// Whatever refuses, records go on in the file that there is.
    @Test(arguments: [FaultyDisk.Step.rename, .create, .syncFolder]) func aRotationThatFailsLosesNothing(
        step: FaultyDisk.Step
    ) async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let heard = Mutex<[AuditReport]>([])
        let log = try folder.open(
            calls: disk.calls, report: { report in heard.withLock { $0.append(report) } },
            change: { $0.rotateBytes = 2_000 })
        disk.fail(step)
        try await offer(log, 0..<8)
        try await offer(log, 8..<16)
        #expect(log.isHealthy)
        #expect(log.problems == ["the audit log cannot begin its next file"])
        disk.fail(step, nil)
        try await eventually("it is tried again") {
            _ = log.queues[0].offer(Sample.record("more"), microseconds: 0)
            return log.counters.segments > 0
        }
        log.close()
        #expect(log.problems.isEmpty)
        #expect(heard.withLock { $0 }.contains(.rotationFailing(errno: EIO)))
        #expect(try folder.transactions.filter { $0 != "more" } == (0..<16).map(String.init))
        try folder.expectProved()
    }

    @Test(arguments: [FaultyDisk.Step.rename, .create, .syncFolder]) func aStartAfterHalfARotationGoesOn(
        step: FaultyDisk.Step
    ) async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(calls: disk.calls, change: { $0.rotateBytes = 2_000 })
        disk.fail(step)
        try await offer(log, 0..<8)
        try await offer(log, 8..<16)
        log.close()
        let again = try folder.open()
        try await offer(again, 16..<18)
        again.close()
        #expect(try folder.transactions == (0..<18).map(String.init))
        try folder.expectProved()
    }

    // MARK: - Checkpoints

    /// Whatever others do to the file of the checkpoints, a note stands whole behind whole ones.
    @Test(arguments: ["emptied", "removed", "prolonged", "cut"]) func checkpointsGoOnInAFileThatOthersChanged(
        how: String
    ) async throws {
        let folder = try LogFolder()
        let log = try folder.open(change: { $0.checkpointRecords = 1 })
        try await eventually("there is a checkpoint") { log.counters.checkpointSize != nil }
        let name = "audit.checkpoints"
        let before = try folder.bytes(name)
        switch how {
        case "emptied": try folder.write([], name)
        case "removed": try FileManager.default.removeItem(atPath: folder.path + "/" + name)
        case "prolonged": try folder.write(before + before, name)
        default: try folder.write(Array(before.dropLast(20)), name)
        }
        let size = log.counters.checkpointSize
        #expect(log.queues[0].offer(Sample.record("later"), microseconds: 0))
        try await eventually("there is another") { log.counters.checkpointSize != size }
        log.close()
        #expect(!(try folder.bytes(name)).contains(0))
        try folder.expectProved()
    }

    @Test func checkpointsComeAfterSoManyRecords() async throws {
        let folder = try LogFolder()
        let shown = Mutex<[[UInt8]]>([])
        let log = try folder.open(change: {
            $0.checkpointRecords = 10
            $0.showCheckpoint = { line in shown.withLock { $0.append(line) } }
        })
        #expect(log.checkpoint == nil)
        for number in 0..<35 { try await offer(log, number..<number + 1) }
        #expect(log.counters.checkpointSize == 30)
        let sizes = try folder.checkpoints.map(\.size)
        #expect(sizes == [10, 20, 30])
        let note = try SignedNote(parsing: try #require(log.checkpoint))
        try note.verify(by: [NoteVerifier(vkey: log.description.vkey)])
        log.close()
        #expect(try folder.checkpoints.last?.size == 37)
        let lines = shown.withLock { $0 }
        #expect(lines.count == 4 && lines.allSatisfy { $0.count { $0 == 0x0A } == 1 && $0.last == 0x0A })
        try folder.expectProved()
    }

    @Test func checkpointsComeInTimeWhereThereIsSomethingNew() async throws {
        let folder = try LogFolder()
        let log = try folder.open(change: { $0.checkpointSeconds = 1 })
        try await offer(log, 0..<3)
        try await eventually("all are covered") { try folder.checkpoints.last?.size == 4 }
        let signed = try folder.checkpoints.count
        try await Task.sleep(for: .milliseconds(1_500))
        #expect(try folder.checkpoints.count == signed, "nothing new, nothing signed")
        log.close()
        try folder.expectProved()
    }

    @Test func whatACheckpointCoversIsSyncedFirst() async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(calls: disk.calls, change: { $0.checkpointRecords = 5 })
        try await eventually("the log has begun") { disk.records == 1 }
        disk.fail(.sync)
        for number in 0..<5 { _ = log.queues[0].offer(Sample.record("\(number)"), microseconds: 0) }
        try await eventually("it fails") { !log.isHealthy }
        #expect(log.checkpoint == nil)
        #expect(try folder.checkpoints.isEmpty)
        disk.fail(.sync, nil)
        try await eventually("it works again") { log.isHealthy }
        #expect(try folder.checkpoints.map(\.size) == [6])
        log.close()
        try folder.expectProved()
    }

    @Test func withoutAFileCheckpointsAreServedAllTheSame() async throws {
        let folder = try LogFolder()
        let log = try folder.open(change: { ($0.keepsCheckpoints, $0.checkpointRecords) = (false, 1) })
        try await offer(log, 0..<1)
        try await eventually("there is one") { log.checkpoint != nil }
        log.close()
        #expect(try folder.names == ["audit.jsonl", "audit.lock"])
    }
}
