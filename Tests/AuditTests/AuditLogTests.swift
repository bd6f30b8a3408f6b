import Foundation
import StrictCoding
import Testing

@testable import Audit

@Suite(.timeLimit(.minutes(1))) struct AuditLogTests {
    private func open(
        _ folder: LogFolder, loops: Int = 1, capacity: Int = 1_000, mode: AuditMode = .required
    ) throws -> AuditLog {
        try AuditLog(path: folder.log, loops: loops, capacity: capacity, mode: mode)
    }

    @Test func everythingThatWasTakenIsWrittenAndEachLoopsOrderIsKept() async throws {
        let folder = try LogFolder()
        let (loops, each) = (4, 2_000)
        let log = try open(folder, loops: loops, capacity: each)
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
        let log = try open(folder)
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
            let log = try open(folder, loops: 2)
            for number in 0..<100 { #expect(log.queues[number % 2].offer(Sample.record("\(number)"), microseconds: 0)) }
            log.close()
            #expect(try folder.transactions.count == 100)
        }
    }

    @Test func aSecondStartContinuesTheFile() async throws {
        let folder = try LogFolder()
        for run in 0..<3 {
            let log = try open(folder)
            #expect(log.queues[0].offer(Sample.record("\(run)"), microseconds: 0))
            log.close()
        }
        #expect(try folder.transactions == ["0", "1", "2"])
    }

    @Test func theFileIsItsOwnersOnly() throws {
        let folder = try LogFolder()
        try open(folder).close()
        var status = stat()
        try #require(stat(folder.log, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func aSecondWriterIsRefusedUntilTheFirstIsGone() throws {
        let folder = try LogFolder()
        let first = try open(folder)
        #expect(throws: AuditFailure.inUse(path: folder.log)) { try open(folder) }
        first.close()
        let second = try open(folder)
        second.close()
    }

    @Test func whatCannotBeOpenedIsExplained() throws {
        let folder = try LogFolder()
        let elsewhere = folder.path + "/elsewhere"
        let link = folder.path + "/link"
        try Data().write(to: URL(fileURLWithPath: elsewhere))
        try #require(symlink(elsewhere, link) == 0)
        let rows = [
            (folder.path, EISDIR), (folder.path + "/no/audit.jsonl", ENOENT), (link, ELOOP),
            (elsewhere + "/x", ENOTDIR),
        ]
        for (path, code) in rows {
            #expect(throws: AuditFailure.cannotOpen(path: path, errno: code)) {
                try AuditLog(path: path, loops: 1, capacity: 16, mode: .required)
            }
        }
    }

    /// The process died in the middle of a line: the next record must not become part of it.
    @Test func aLineThatACrashToreStaysALineOfItsOwn() throws {
        let folder = try LogFolder()
        try Data(#"{"v":1,"txn":"whole"}\#n{"v":1,"txn":"to"#.utf8).write(to: URL(fileURLWithPath: folder.log))
        let log = try open(folder)
        #expect(log.queues[0].offer(Sample.record("next"), microseconds: 0))
        log.close()
        let lines = try folder.lines
        #expect(lines.count == 4)
        #expect(lines[1] == #"{"v":1,"txn":"to"#)
        #expect(lines[2].contains(#""txn":"next""#))
    }

    @Test func closingWithoutRecordsIsHarmless() throws {
        let folder = try LogFolder()
        let log = try open(folder)
        log.close()
        #expect(try folder.transactions.isEmpty)
        #expect(log.isHealthy)
    }
}
