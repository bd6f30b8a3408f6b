import Foundation
import Synchronization
import Testing

@testable import Admission
@testable import Audit

/// Disks that are full, and what becomes of the records meanwhile.
@Suite(.timeLimit(.minutes(1))) struct FailingSinkTests {
    /// Offers until the log has noticed that it cannot write; gives the transactions that it took.
    private func takenUntilFailure(_ log: AuditLog) async throws -> [String] {
        var taken: [String] = []
        for number in 0..<10_000 where log.isHealthy {
            if log.queues[0].offer(Sample.record("\(number)"), microseconds: 0) { taken.append("\(number)") }
            try await Task.sleep(for: .milliseconds(1))
        }
        try await eventually("the failure is noticed") { !log.isHealthy }
        return taken
    }

    @Test func aFullDeviceRefusesRequiredRecords() async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        disk.fail(.write, ENOSPC)
        let log = try folder.open(calls: disk.calls)
        let taken = try await takenUntilFailure(log)
        #expect(!log.queues[0].offer(Sample.record(), microseconds: 0))
        #expect(log.writeFailures > 0)
        #expect(log.recordsWritten == 0)
        #expect(log.problems == ["the audit log cannot be written"])
        #expect(log.close() == taken.count, "what was refused was not lost")
    }

    /// Records in a file that nobody finds would be none.
    @Test func aFileThatWasMovedAwayTakesNoRecords() async throws {
        let folder = try LogFolder()
        let log = try folder.open()
        try await eventually("the log has begun") { folder.size > 0 }
        try FileManager.default.moveItem(atPath: folder.log, toPath: folder.path + "/aside")
        let taken = try await takenUntilFailure(log)
        try FileManager.default.moveItem(atPath: folder.path + "/aside", toPath: folder.log)
        try await eventually("it is back") { log.isHealthy }
        #expect(log.close() == 0)
        #expect(try folder.events.count { $0 == "ingress.accepted" } == taken.count)
        try folder.expectProved()
    }

    @Test func whoeverReportsHearsOfEachChangeOnce() async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let heard = Mutex<[AuditReport]>([])
        let log = try folder.open(calls: disk.calls, report: { health in heard.withLock { $0.append(health) } })
        try await eventually("the log has begun") { disk.records == 1 }
        disk.fail(.write, ENOSPC)
        _ = try await takenUntilFailure(log)
        disk.fail(.write, nil)
        try await eventually("writing is tried again") { log.isHealthy }
        #expect(log.close() == 0)
        #expect(heard.withLock { $0 } == [.failing(errno: ENOSPC), .healthy])
        try folder.expectProved()
    }

    /// However much of the lines was written before the disk was full.
    @Test(arguments: [0, 1, 10, 300]) func whatWasTakenBeforeTheDiskWasFullIsWrittenFirstAndInOrder(
        part: Int
    ) async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(calls: disk.calls)
        try await eventually("the log has begun") { disk.records == 1 }
        let before = folder.size
        disk.set {
            $0.failures[.write] = ENOSPC
            $0.writesBefore = part
        }
        let taken = try await takenUntilFailure(log)
        #expect(!taken.isEmpty)
        #expect(folder.size == before, "a part of a line would be read as a forgery")
        #expect(!log.queues[0].offer(Sample.record("refused"), microseconds: 0))
        disk.fail(.write, nil)
        try await eventually("writing is tried again") { log.isHealthy }
        #expect(log.queues[0].offer(Sample.record("after"), microseconds: 0))
        log.close()
        #expect(try folder.transactions == taken + ["after"])
        try folder.expectProved()
    }

    @Test func bestEffortGoesOnAndSaysWhatIsMissing() async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(capacity: 16, mode: .bestEffort, calls: disk.calls)
        try await eventually("the log has begun") { disk.records == 1 }
        disk.fail(.write, ENOSPC)
        _ = try await takenUntilFailure(log)
        let before = log.queues[0].depth
        for number in 0..<100 { #expect(log.queues[0].offer(Sample.record("late-\(number)"), microseconds: 0)) }
        #expect(log.queues[0].depth == 16)
        let dropped = log.queues[0].dropped
        #expect(dropped == 100 - (16 - before))
        disk.fail(.write, nil)
        try await eventually("writing is tried again") { log.isHealthy && log.counters.lost > 0 }
        log.close()
        #expect(try folder.transactions.suffix(16 - before) == (0..<(16 - before)).map { "late-\($0)" })
        let lost = try folder.records.filter { $0["event"]?.isText("audit.lost") == true }
        #expect(lost.compactMap { $0["records"]?.integer }.reduce(0, +) == Int64(dropped))
        try folder.expectProved()
    }

    /// A request that was let in, and whose record did not reach the disk in time, was not forwarded. The record is
    /// there as soon as it can be, and so is what became of the request.
    @Test(arguments: [FaultyDisk.Step.write, .sync]) func aRequestThatWasLetInAndNotForwardedIsOnRecordAsSuch(
        step: FaultyDisk.Step
    ) async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(calls: disk.calls)
        try await eventually("the log has begun") { disk.records == 1 }
        disk.fail(step)
        let trail = Sample.trail(try Sample.caller())
        let accepted = AuditRecord.ingress(IngressRecord(accepted: trail, epoch: Sample.epoch))
        let failed = AuditRecord.ingress(
            IngressRecord(
                refused: .auditUnavailable, status: 503, isAccepted: true, trail: trail, epoch: Sample.epoch))
        let answers = Mutex<[Bool]>([])
        let queue = log.queues[0]
        queue.offerDurably(accepted, microseconds: 0) { isThere in
            answers.withLock { $0.append(isThere) }
            // As a result it is taken while nothing else is.
            answers.withLock { $0.append(queue.offer(failed, microseconds: 1)) }
        }
        try await eventually("it is refused") { answers.withLock { $0 } == [false, true] }
        #expect(!queue.offer(accepted, microseconds: 2), "nothing new is let in")
        disk.fail(step, nil)
        try await eventually("it is tried again") { log.isHealthy && log.recordsWritten == 2 }
        log.close()
        let ingress = try folder.events.filter { $0.hasPrefix("ingress.") }
        #expect(ingress == ["ingress.accepted", "ingress.failed"])
        try folder.expectProved()
    }

    /// In best effort records are taken while nothing can be written, and whoever offers one goes on. Each comes just
    /// when the writer is about to rest, which it does for up to a second.
    @Test func whoComesWhenTheWriterIsAboutToRestIsAnswered() async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(capacity: 64, mode: .bestEffort, calls: disk.calls)
        try await eventually("the log has begun") { disk.records == 1 }
        disk.fail(.write, ENOSPC)
        _ = try await takenUntilFailure(log)
        let relay = Relay(log.queues[0], rounds: 40)
        let start = ContinuousClock.now
        relay.offer()
        try await eventually("all are answered") { relay.isOver }
        #expect(ContinuousClock.now - start < .seconds(10))
        disk.fail(.write, nil)
        log.close()
        try folder.expectProved()
    }

    /// Offers the next record when it hears of the last one.
    private final class Relay: Sendable {
        private let queue: AuditQueue
        private let left: Mutex<Int>

        init(_ queue: AuditQueue, rounds: Int) {
            self.queue = queue
            left = Mutex(rounds)
        }

        var isOver: Bool { left.withLock { $0 == 0 } }

        func offer() {
            queue.offerDurably(Sample.intent("relay"), microseconds: 0) { [self] _ in
                let isOver = left.withLock { left in
                    left -= 1
                    return left == 0
                }
                if !isOver { offer() }
            }
        }
    }

    /// They are answered though nothing can be written; nobody is let in.
    @Test func refusalsThatWereAnsweredMeanwhileAreSaid() async throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(calls: disk.calls)
        try await eventually("the log has begun") { disk.records == 1 }
        disk.fail(.write, ENOSPC)
        _ = try await takenUntilFailure(log)
        let nobody = AuditRecord.ingress(
            IngressRecord(refused: .credentialMissing, status: 401, trail: Sample.trail(nil), epoch: Sample.epoch))
        let known = AuditRecord.ingress(
            IngressRecord(
                refused: .sessionUnknown, status: 404, trail: Sample.trail(try Sample.caller()), epoch: Sample.epoch))
        #expect(!log.queues[0].offer(known, microseconds: 0))
        for _ in 0..<7 {
            #expect(!log.queues[0].offer(nobody, microseconds: 0))
            #expect(!log.queues[0].offer(Sample.record("refused"), microseconds: 0))
        }
        disk.fail(.write, nil)
        try await eventually("it is said") { log.isHealthy && log.counters.lost > 0 }
        log.close()
        let lost = try folder.records.filter { $0["event"]?.isText("audit.lost") == true }
        #expect(lost.map { $0["records"]?.integer } == [8])
        #expect(lost.map { $0["strangers"]?.integer } == [7])
        #expect(log.counters.lines == (try folder.lines.count))
        try folder.expectProved()
    }

    /// `ulimit -f` answers a write with a signal that ends a process unless it is told not to.
    @Test func aLimitOfTheFileSizeFailsTheWriteAndNotTheProcess() async throws {
        await #expect(processExitsWith: .success) {
            // As a process finds it; some parents leave it ignored, and threads of tests have it blocked.
            signal(SIGXFSZ, SIG_DFL)
            var signals = sigset_t()
            sigfillset(&signals)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            let folder = try LogFolder()
            let size = Int32(RLIMIT_FSIZE.rawValue)
            var limit = rlimit()
            try #require(getrlimit(size, &limit) == 0)
            limit.rlim_cur = 4_096
            try #require(setrlimit(size, &limit) == 0)
            let log = try folder.open()
            var taken: [String] = []
            for number in 0..<10_000 where log.isHealthy {
                if log.queues[0].offer(Sample.record("\(number)"), microseconds: 0) { taken.append("\(number)") }
                try await Task.sleep(for: .milliseconds(1))
            }
            try #require(!log.isHealthy)
            let whole = try folder.transactions
            try #require(whole == Array(taken.prefix(whole.count)))
            try #require(!whole.isEmpty && folder.size <= 4_096)

            limit.rlim_cur = limit.rlim_max
            try #require(setrlimit(size, &limit) == 0)
            try await eventually("writing is tried again") { log.isHealthy }
            log.close()
            try #require(try folder.transactions == taken)
        }
    }

    @Test func closingDoesNotWaitForADiskThatStaysFull() throws {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        disk.fail(.write, ENOSPC)
        let log = try folder.open(capacity: 16, calls: disk.calls)
        let taken = log.queues[0].offer(Sample.record(), microseconds: 0)
        #expect(log.close() == (taken ? 1 : 0), "the caller must know that a request was made whose record is gone")
        #expect(log.recordsWritten == 0)
    }
}
