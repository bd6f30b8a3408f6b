import Foundation
import StrictCoding
import Testing

@testable import Audit

@Suite(.timeLimit(.minutes(1))) struct AuditLogTests {
    @Test func everythingThatWasTakenIsWrittenAndEachLoopsOrderIsKept() async throws {
        let folder = try LogFolder()
        let (loops, each) = (4, 2_000)
        let log = try folder.open(loops: loops, capacity: each)
        DispatchQueue.concurrentPerform(iterations: loops) { loop in
            for number in 0..<each {
                #expect(log.queues[loop].offer(Sample.record("\(loop)-\(number)"), microseconds: Int64(number)))
            }
        }
        log.close()
        let transactions = try folder.transactions
        #expect(transactions.count == loops * each)
        #expect(log.recordsWritten == loops * each)
        for loop in 0..<loops {
            #expect(transactions.filter { $0.hasPrefix("\(loop)-") } == (0..<each).map { "\(loop)-\($0)" })
        }
    }

    @Test func recordsAreInTheFileWithoutAnybodyClosingIt() async throws {
        let folder = try LogFolder()
        let log = try folder.open()
        for number in 0..<20 {
            #expect(log.queues[0].offer(Sample.record("\(number)"), microseconds: 0))
            try await eventually("record \(number) is written") { log.recordsWritten == number + 1 }
        }
        #expect(try folder.transactions == (0..<20).map(String.init))
        log.close()
    }

    @Test func closingWritesWhatIsStillQueued() async throws {
        for _ in 0..<20 {
            let folder = try LogFolder()
            let log = try folder.open(loops: 2)
            for number in 0..<100 { #expect(log.queues[number % 2].offer(Sample.record("\(number)"), microseconds: 0)) }
            log.close()
            #expect(try folder.transactions.count == 100)
        }
    }

    @Test func aSecondStartContinuesTheFile() async throws {
        let folder = try LogFolder()
        for run in 0..<3 {
            let log = try folder.open()
            #expect(log.queues[0].offer(Sample.record("\(run)"), microseconds: 0))
            log.close()
        }
        #expect(try folder.transactions == ["0", "1", "2"])
        try folder.expectProved()
    }

    @Test func theFileIsItsOwnersOnly() throws {
        let folder = try LogFolder()
        try folder.open().close()
        var status = stat()
        try #require(stat(folder.log, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func aSecondWriterIsRefusedUntilTheFirstIsGone() throws {
        let folder = try LogFolder()
        let first = try folder.open()
        #expect(throws: AuditFailure.inUse(path: folder.log)) { try folder.open() }
        first.close()
        let second = try folder.open()
        second.close()
    }

    @Test func whatCannotBeOpenedIsExplained() throws {
        let folder = try LogFolder()
        let elsewhere = folder.path + "/elsewhere"
        let link = folder.path + "/link"
        try Data().write(to: URL(fileURLWithPath: elsewhere))
        try #require(symlink(elsewhere, link) == 0)
        let rows = [
            (folder.path + "/", EISDIR), (folder.path + "/no/audit.jsonl", ENOENT), (link, ELOOP),
            (elsewhere + "/x", ENOTDIR),
        ]
        for (path, code) in rows {
            #expect(throws: AuditFailure.cannotOpen(path: path, errno: code)) {
                try folder.open(change: { $0.path = path })
            }
        }
    }

    @Test func closingWithoutRecordsIsHarmless() throws {
        let folder = try LogFolder()
        let log = try folder.open()
        log.close()
        #expect(try folder.events == ["audit.opened", "audit.stopped"])
        try folder.expectProved()
        #expect(log.isHealthy)
    }
}
