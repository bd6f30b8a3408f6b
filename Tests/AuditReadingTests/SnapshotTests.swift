import AuditProof
import Foundation
import Synchronization
import Testing

@testable import AuditReading

/// What is read while a gateway writes.
@Suite struct SnapshotTests {
    /// Ten records, written and signed.
    private func log() throws -> TestLog {
        let log = try TestLog()
        for _ in 0..<9 { log.ingress("alice") }
        log.write()
        try log.checkpoint()
        return log
    }

    @Test(arguments: [false, true])
    func aCheckpointThatIsMadeWhileFilesAreOpenedIsNoTruncation(isGiven: Bool) throws {
        let log = try log()
        let given = isGiven ? [log.checkpoints] : []
        let snapshot = try LogSnapshot(.live(log.path), checkpoints: given) {
            log.ingress("bob")
            log.write()
            try? log.checkpoint()
        }
        #expect(snapshot.notes.map(\.entries.count) == [1] + given.map { _ in 1 })
        let report = try TestLog.report(snapshot)
        #expect(report.finding == nil)
        #expect(report.verdict.lines == 11)
        #expect(report.verdict.incomplete == [.uncovered(from: 10, records: 1)])
    }

    @Test(arguments: [1, 3])
    func aRotationWhileFilesAreOpenedHidesNone(times: Int) throws {
        let log = try log()
        for place in [LogPlace.live(log.path), .named([log.folder.path])] {
            var looks = 0
            let files = try LogFiles(place) {
                looks += 1
                guard looks <= times else { return }
                log.ingress("bob")
                log.moveOn()
                log.ingress("bob")
                log.write()
            }
            #expect(looks == times + 1)
            #expect(!files.goesOn)
            #expect(files.segments.first?.first?.seq == 0)
            for (earlier, later) in zip(files.segments, files.segments.dropFirst()) {
                #expect(try #require(earlier.last).seq + 1 == #require(later.first).seq)
            }
        }
    }

    @Test func filesThatNeverRestAreNotJudged() throws {
        let log = try log()
        #expect(throws: AuditReadingFailure.restless) {
            try LogFiles(.live(log.path)) {
                log.ingress("bob")
                log.moveOn()
            }
        }
    }

    @Test func aFileThatWasNamedIsNotExchangedForItsSuccessor() throws {
        let log = try log()
        log.moveOn()
        log.ingress("bob")
        log.write()
        let files = try LogFiles(.named([log.file("audit.000000000000.jsonl"), log.path])) { log.moveOn() }
        #expect(files.segments.map(\.last?.seq) == [9, 11])
        #expect(files.goesOn)
    }

    @Test func aLineThatIsBeingWrittenInAFileThatIsRotatedThenIsNoEdit() throws {
        let log = try log()
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: log.path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(#"{"v":1,"seq":10"#.utf8))
        let snapshot = try LogSnapshot(.named([log.path])) {}
        try handle.truncate(atOffset: handle.offsetInFile - 15)
        log.moveOn()
        let report = try TestLog.report(snapshot)
        #expect(report.finding == nil)
        #expect(report.verdict.incomplete == [.tornLine(bytes: 15)])
    }

    /// A writer appends, signs and rotates all the time.
    @Test func noVerificationFindsAnythingInALogThatIsBeingWritten() throws {
        let log = try log()
        let (stop, isOver) = (Stop(), DispatchSemaphore(value: 0))
        nonisolated(unsafe) let writing = log  // of the writer's thread alone until it is over
        let (path, folder) = (log.path, log.folder.path)
        Thread {
            var round = 0
            while !stop.isAsked {
                round += 1
                for _ in 0...round % 7 { writing.ingress("alice") }
                writing.write()
                if round % 3 == 0 { try? writing.checkpoint() }
                if round % 50 == 0 { writing.moveOn() }
                usleep(500)
            }
            isOver.signal()
        }.start()
        defer {
            stop.ask()
            isOver.wait()
        }
        let start = ContinuousClock.now
        var verifications = 0
        while ContinuousClock.now - start < .milliseconds(1_500) {
            for place in [LogPlace.live(path), .named([folder])] {
                let report = try TestLog.report(LogSnapshot(place))
                #expect(report.finding == nil)
                verifications += 1
                guard report.finding == nil else { return }
            }
        }
        #expect(verifications > 2)
    }

    private final class Stop: Sendable {
        private let flag = Atomic<Bool>(false)

        var isAsked: Bool { flag.load(ordering: .acquiring) }
        func ask() { flag.store(true, ordering: .releasing) }
    }
}
