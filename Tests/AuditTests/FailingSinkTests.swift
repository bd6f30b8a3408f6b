import Foundation
import Synchronization
import Testing

@testable import Audit

/// Disks that are full, and what becomes of the records meanwhile (case 44).
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
        let log = try AuditLog(path: "/dev/full", loops: 1, capacity: 1_000, mode: .required)
        _ = try await takenUntilFailure(log)
        #expect(!log.queues[0].offer(Sample.record(), microseconds: 0))
        #expect(log.writeFailures > 0)
        #expect(log.recordsWritten == 0)
        // The caller must know that a request was made whose record is gone.
        #expect(log.close() > 0)
    }

    @Test func whoeverReportsHearsOfEachChangeOnce() async throws {
        let folder = try LogFolder()
        try folder.fill()
        let heard = Mutex<[AuditHealth]>([])
        let log = try AuditLog(path: folder.log, loops: 1, capacity: 1_000, mode: .required) { health in
            heard.withLock { $0.append(health) }
        }
        _ = try await takenUntilFailure(log)
        try folder.empty()
        try await eventually("writing is tried again") { log.isHealthy }
        #expect(log.close() == 0)
        let changes = heard.withLock { $0 }
        #expect(changes.count == 2 && changes.last == .healthy)
        guard case .failing = changes.first else {
            Issue.record("\(changes)")
            return
        }
    }

    @Test func whatWasTakenBeforeTheDiskWasFullIsWrittenFirstAndInOrder() async throws {
        let folder = try LogFolder()
        try folder.fill()
        let log = try AuditLog(path: folder.log, loops: 1, capacity: 1_000, mode: .required)
        let taken = try await takenUntilFailure(log)
        #expect(!taken.isEmpty)
        #expect(!log.queues[0].offer(Sample.record("refused"), microseconds: 0))

        try folder.empty()
        try await eventually("writing is tried again") { log.isHealthy }
        #expect(log.queues[0].offer(Sample.record("after"), microseconds: 0))
        log.close()
        #expect(try folder.transactions == taken + ["after"])
    }

    @Test func bestEffortGoesOnAndWritesWhatFitted() async throws {
        let folder = try LogFolder()
        try folder.fill()
        let log = try AuditLog(path: folder.log, loops: 1, capacity: 16, mode: .bestEffort)
        _ = try await takenUntilFailure(log)
        let before = log.queues[0].depth
        for number in 0..<100 { #expect(log.queues[0].offer(Sample.record("late-\(number)"), microseconds: 0)) }
        #expect(log.queues[0].depth == 16)
        #expect(log.queues[0].dropped == 100 - (16 - before))

        try folder.empty()
        try await eventually("writing is tried again") { log.isHealthy }
        log.close()
        #expect(try folder.transactions.suffix(16 - before) == (0..<(16 - before)).map { "late-\($0)" })
    }

    /// A part of a line would be read as a forgery.
    @Test func aTornWriteIsCutOff() async throws {
        let folder = try LogFolder()
        try folder.fill(leaving: 10)
        let before = folder.size
        let log = try AuditLog(path: folder.log, loops: 1, capacity: 1_000, mode: .required)
        _ = try await takenUntilFailure(log)
        #expect(folder.size == before)
        log.close()
        #expect(folder.size == before)
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
            let log = try AuditLog(path: folder.log, loops: 1, capacity: 1_000, mode: .required)
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
        let folder = try LogFolder()
        try folder.fill()
        let log = try AuditLog(path: folder.log, loops: 1, capacity: 16, mode: .required)
        _ = log.queues[0].offer(Sample.record(), microseconds: 0)
        log.close()
        #expect(log.recordsWritten == 0)
    }
}
