import Foundation
import Synchronization
import Testing

@testable import Audit

/// Records that somebody waits for until they are on the disk.
@Suite(.timeLimit(.minutes(1))) struct DurabilityTests {
    /// A log on a disk of its own, whose first record is written.
    private func begin(
        loops: Int = 1, capacity: Int, mode: AuditMode = .required,
        report: @escaping @Sendable (AuditReport) -> Void = { _ in }
    ) async throws -> (folder: LogFolder, disk: FaultyDisk, log: AuditLog) {
        let (folder, disk) = (try LogFolder(), FaultyDisk())
        let log = try folder.open(loops: loops, capacity: capacity, mode: mode, calls: disk.calls, report: report)
        try await eventually("the log has begun") { disk.records == 1 }
        disk.set { ($0.trail, $0.records) = ([], 0) }
        return (folder, disk, log)
    }

    /// What callers were told, in order, and on which thread.
    final class Answers: Sendable {
        private let heard = Mutex<[(answer: Bool, thread: pthread_t)]>([])

        func note(_ answer: Bool) { heard.withLock { $0.append((answer, pthread_self())) } }
        var all: [Bool] { heard.withLock { $0.map(\.answer) } }
        var threads: Set<pthread_t?> { Set(heard.withLock { $0.map(\.thread) }) }
    }

    private func offer(_ log: AuditLog, _ answers: Answers, _ transaction: String = "t") {
        log.queues[0].offerDurably(Sample.intent(transaction), microseconds: 0, done: answers.note)
    }

    // MARK: - On the disk

    @Test func theAnswerComesAfterTheSync() async throws {
        let answers = Answers()
        let (folder, disk, log) = try await begin(capacity: 16)
        disk.set { $0.isHeld = true }
        offer(log, answers)
        try await eventually("the disk is asked") { disk.syncs == 1 }
        #expect(disk.records == 1 && answers.all.isEmpty)
        disk.set { $0.isHeld = false }
        try await eventually("the answer is there") { answers.all == [true] }
        #expect(answers.threads == [disk.thread])
        log.close()
        // The last word, and the checkpoint over it.
        #expect(disk.trail == ["append 1", "sync", "append 1", "sync", "sync"])
        try folder.expectProved()
        #expect(answers.all == [true])
    }

    @Test func whoComesDuringASyncSharesTheNext() async throws {
        let answers = Answers()
        let (folder, disk, log) = try await begin(capacity: 1_000)
        defer { withExtendedLifetime(folder) {} }
        disk.set { $0.isHeld = true }
        offer(log, answers)
        try await eventually("the disk is asked") { disk.syncs == 1 }
        for _ in 0..<100 { offer(log, answers) }
        disk.set { $0.isHeld = false }
        try await eventually("all are answered") { answers.all.count == 101 }
        #expect(disk.trail == ["append 1", "sync", "append 100", "sync"])
        #expect(answers.all.allSatisfy { $0 })
        log.close()
    }

    @Test func nobodyWaitsNoSync() async throws {
        let (folder, disk, log) = try await begin(capacity: 16)
        for number in 0..<5 {
            #expect(log.queues[0].offer(Sample.record("\(number)"), microseconds: 0))
            try await eventually("it is written") { log.recordsWritten == number + 1 }
        }
        #expect(disk.syncs == 0)
        log.close()
        #expect(disk.syncs == 2)
        try folder.expectProved()
    }

    @Test func theFileHoldsWhatWasPromised() async throws {
        let (folder, answers) = (try LogFolder(), Answers())
        let log = try folder.open(loops: 4)
        DispatchQueue.concurrentPerform(iterations: 4) { loop in
            for number in 0..<50 {
                log.queues[loop].offerDurably(Sample.intent("\(loop)-\(number)"), microseconds: 0, done: answers.note)
            }
        }
        try await eventually("all are answered") { answers.all.count == 200 }
        #expect(answers.all.allSatisfy { $0 })
        let transactions = try folder.transactions
        for loop in 0..<4 {
            #expect(transactions.filter { $0.hasPrefix("\(loop)-") } == (0..<50).map { "\(loop)-\($0)" })
        }
        log.close()
    }

    // MARK: - Not on the disk

    @Test(arguments: [AuditMode.required, .bestEffort]) func aDiskThatCannotBeWrittenIsNoPromise(
        mode: AuditMode
    ) async throws {
        let answers = Answers()
        let (folder, disk, log) = try await begin(capacity: 16, mode: mode)
        disk.fail(.write, ENOSPC)
        offer(log, answers)
        try await eventually("it is answered") { answers.all == [mode == .bestEffort] }
        #expect(!log.isHealthy && log.writeFailures > 0 && disk.syncs == 0)
        // From now on nobody waits for the disk to be asked.
        offer(log, answers)
        if mode == .required { #expect(answers.all.count == 2, "what is not taken is refused at once") }
        try await eventually("it is answered") { answers.all.count == 2 }
        #expect(answers.all == [mode == .bestEffort, mode == .bestEffort])

        disk.fail(.write, nil)
        try await eventually("writing is tried again") { log.isHealthy }
        offer(log, answers)
        try await eventually("it is answered") { answers.all.count == 3 && answers.all.last == true }
        log.close()
        #expect(answers.threads.contains(disk.thread) && answers.threads.count == (mode == .required ? 2 : 1))
        #expect(try folder.transactions.count == (mode == .required ? 2 : 3))
        try folder.expectProved()
        #expect(answers.all.count == 3)
    }

    @Test(arguments: [AuditMode.required, .bestEffort]) func aDiskThatCannotBeSyncedIsNoPromise(
        mode: AuditMode
    ) async throws {
        let answers = Answers()
        let heard = Mutex<[AuditReport]>([])
        let (folder, disk, log) = try await begin(capacity: 16, mode: mode) { health in
            heard.withLock { $0.append(health) }
        }
        disk.fail(.sync)
        offer(log, answers)
        try await eventually("it is answered") { answers.all == [mode == .bestEffort] }
        #expect(!log.isHealthy && log.writeFailures > 0 && log.recordsWritten == 1)
        #expect(log.queues[0].offer(Sample.record(), microseconds: 0) == (mode == .bestEffort))
        try await eventually("syncing is tried again") { disk.syncs >= 2 }
        #expect(!log.isHealthy)

        disk.fail(.sync, nil)
        try await eventually("the disk is trusted again") { log.isHealthy }
        offer(log, answers)
        try await eventually("it is answered") { answers.all.last == true && answers.all.count == 2 }
        #expect(heard.withLock { $0 } == [.failing(errno: EIO), .healthy])
        #expect(log.close() == 0)
        try folder.expectProved()
    }

    @Test(arguments: [AuditMode.required, .bestEffort]) func aFullQueueIsNoPromise(mode: AuditMode) async throws {
        let (answers, late) = (Answers(), Answers())
        let (folder, disk, log) = try await begin(capacity: 2, mode: mode)
        disk.set { $0.isHeld = true }
        offer(log, answers)
        try await eventually("the disk is asked") { disk.syncs == 1 }
        for _ in 0..<2 { offer(log, answers) }
        for _ in 0..<3 { offer(log, late) }
        #expect((log.queues[0].depth, log.queues[0].dropped) == (2, 3))
        // Nobody who is refused waits for a writer that waits for its disk.
        #expect(late.all == Array(repeating: mode == .bestEffort, count: 3))
        disk.set { $0.isHeld = false }
        try await eventually("all are answered") { answers.all.count == 3 }
        #expect(answers.all == [true, true, true])
        #expect(answers.threads == [disk.thread] && late.threads.isDisjoint(with: answers.threads))
        #expect(late.all.count == 3)
        log.close()
        #expect(try folder.transactions.count == 3)
        try folder.expectProved()
    }

    @Test func refusalsOfNobodyDoNotTakeTheRoomOfIntents() async throws {
        let answers = Answers()
        let (folder, disk, log) = try await begin(capacity: 4)
        defer { withExtendedLifetime(folder) {} }
        disk.set { $0.isHeld = true }
        offer(log, answers)
        try await eventually("the disk is asked") { disk.syncs == 1 }
        let nobody = Sample.egress(.denied(reason: "presenter_unknown", status: 403), .init())
        let taken = (0..<4).map { _ in log.queues[0].offer(nobody, microseconds: 0) }
        #expect(taken == [true, true, false, false])
        for _ in 0..<2 { offer(log, answers) }
        disk.set { $0.isHeld = false }
        try await eventually("all are answered") { answers.all == [true, true, true] }
        log.close()
    }

    // MARK: - The end

    @Test func closingKeepsItsPromises() async throws {
        for _ in 0..<20 {
            let answers = Answers()
            let (folder, _, log) = try await begin(capacity: 100)
            for _ in 0..<50 { offer(log, answers) }
            #expect(log.close() == 0)
            #expect(answers.all == Array(repeating: true, count: 50))
            #expect(try folder.transactions.count == 50)
            try folder.expectProved()
        }
    }

    @Test(arguments: [AuditMode.required, .bestEffort]) func closingOnABrokenDiskAnswersEverybodyOnce(
        mode: AuditMode
    ) async throws {
        let answers = Answers()
        let (folder, disk, log) = try await begin(capacity: 100, mode: mode)
        defer { withExtendedLifetime(folder) {} }
        disk.fail(.write)
        for _ in 0..<50 { offer(log, answers) }
        let lost = log.close()
        #expect(answers.all == Array(repeating: mode == .bestEffort, count: 50))
        #expect(lost + log.queues[0].dropped == 50)
    }

    @Test(arguments: [AuditMode.required, .bestEffort]) func aClosedLogTakesNothing(mode: AuditMode) async throws {
        let answers = Answers()
        let (folder, _, log) = try await begin(capacity: 100, mode: mode)
        log.close()
        offer(log, answers)
        #expect(answers.all == [mode == .bestEffort])
        #expect(log.queues[0].offer(Sample.record(), microseconds: 0) == (mode == .bestEffort))
        #expect((log.queues[0].depth, log.queues[0].dropped) == (0, 2))
        #expect(try folder.transactions.isEmpty)
    }

    /// Whoever offers while the log closes is told something, and what is told is true.
    @Test func offersThatRaceWithTheEndAreAnsweredTruly() async throws {
        for _ in 0..<20 {
            let answers = Answers()
            let (folder, _, log) = try await begin(loops: 2, capacity: 10_000)
            let offered = Mutex(0)
            let threads = (0..<2).map { loop in
                Thread {
                    for _ in 0..<200 {
                        log.queues[loop].offerDurably(Sample.intent("t"), microseconds: 0, done: answers.note)
                        offered.withLock { $0 += 1 }
                    }
                }
            }
            for thread in threads { thread.start() }
            log.close()
            try await eventually("all are offered") { offered.withLock { $0 } == 400 }
            try await eventually("all are answered") { answers.all.count == 400 }
            #expect(try folder.transactions.count == answers.all.count { $0 })
        }
    }
}
