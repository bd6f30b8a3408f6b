import Delegation
import StrictCoding
import Synchronization
import Testing

@testable import Admission
@testable import Audit

@Suite struct AuditQueueTests {
    private func queue(_ mode: AuditMode, capacity: Int = 3, bell: AuditBell = AuditBell()) -> AuditQueue {
        AuditQueue(capacity: capacity, mode: mode, bell: bell)
    }

    @Test(arguments: [AuditMode.required, .bestEffort]) func aFullQueueTakesNothingMore(mode: AuditMode) {
        let queue = queue(mode)
        for number in 0..<3 { #expect(queue.offer(Sample.record("\(number)"), microseconds: 0)) }
        for number in 3..<10 {
            // Best effort means that the request goes on, and that the loss is counted.
            #expect(queue.offer(Sample.record("\(number)"), microseconds: 0) == (mode == .bestEffort))
        }
        #expect(queue.depth == 3)
        #expect(queue.dropped == 7)
        #expect(queue.drained.map(\.record.transaction) == ["0", "1", "2"])
        #expect(queue.depth == 0)
        #expect(queue.offer(Sample.record("10"), microseconds: 0))
        #expect(queue.drained.map(\.record.transaction) == ["10"])
    }

    @Test func whileTheSinkFailsRequiredRecordsAreRefused() {
        let bell = AuditBell()
        let queue = queue(.required, bell: bell)
        bell.sinkIsHealthy = false
        #expect(!queue.offer(Sample.record(), microseconds: 0))
        #expect((queue.depth, queue.dropped) == (0, 1))
        bell.sinkIsHealthy = true
        #expect(queue.offer(Sample.record(), microseconds: 0))
        #expect((queue.depth, queue.dropped) == (1, 1))
    }

    @Test func whileTheSinkFailsBestEffortKeepsWhatFits() {
        let bell = AuditBell()
        let queue = queue(.bestEffort, bell: bell)
        bell.sinkIsHealthy = false
        for _ in 0..<5 { #expect(queue.offer(Sample.record(), microseconds: 0)) }
        #expect((queue.depth, queue.dropped) == (3, 2))
    }

    /// Each way out once was one thunk longer than the one before, until the stack was too short.
    @Test func theWayToWhoWaitsIsAlwaysAsLong() {
        let queue = queue(.required)
        queue.answer { $0() }
        let answered = Mutex(0)
        for _ in 0..<200_000 { queue.tell([{ _ in answered.withLock { $0 += 1 } }], isDurable: true) }
        #expect(answered.withLock { $0 } == 200_000)
    }

    @Test func refusalsOfNobodyLeaveRoomForCallers() throws {
        let queue = queue(.required, capacity: 4)
        let nobody = AuditRecord.ingress(
            IngressRecord(refused: .credentialMissing, status: 401, trail: Sample.trail(nil), epoch: Sample.epoch))
        #expect(
            (0..<10).map { _ in queue.offer(nobody, microseconds: 0) } == [true, true]
                + Array(repeating: false, count: 8))
        let caller = AuditRecord.ingress(
            IngressRecord(
                refused: .sessionUnknown, status: 404, trail: Sample.trail(try Sample.caller()), epoch: Sample.epoch))
        #expect(queue.offer(caller, microseconds: 0))
        #expect(queue.offer(Sample.record(), microseconds: 0))
        #expect((queue.depth, queue.dropped) == (4, 8))
        #expect(queue.takeLost() == AuditLoss(records: 8, strangers: 8))
    }

    @Test func refusalsOfPresentersNobodyKnowsLeaveRoomToo() {
        let queue = queue(.required, capacity: 4)
        let nobody = Sample.egress(.denied(reason: "presenter_unknown", status: 403), EgressTrail())
        #expect((0..<4).map { _ in queue.offer(nobody, microseconds: 0) } == [true, true, false, false])
        var known = EgressTrail()
        known.presenter = .server("orders-mcp")
        for event in [EgressRecord.Event.denied(reason: "unattributed", status: 403), .intent] {
            #expect(queue.offer(Sample.egress(event, known), microseconds: 0))
        }
        #expect((queue.depth, queue.dropped) == (4, 2))
    }

    @Test func resultsHaveRoomWhenNothingElseHas() {
        let queue = queue(.required, capacity: 3)
        for number in 0..<3 { #expect(queue.offer(Sample.intent("\(number)"), microseconds: 0)) }
        #expect(!queue.offer(Sample.intent("3"), microseconds: 0))
        let result = Sample.egress(.result(status: 200, reason: nil, durationMicroseconds: 1))
        #expect((0..<4).map { _ in queue.offer(result, microseconds: 0) } == [true, true, true, false])
    }

    /// What happened and is not on record must be, before anything new happens.
    @Test func aLostResultStopsWhatIsNew() {
        let bell = AuditBell()
        let queue = queue(.required, capacity: 1, bell: bell)
        let result = Sample.egress(.result(status: 200, reason: nil, durationMicroseconds: 1))
        for _ in 0..<2 { #expect(queue.offer(result, microseconds: 0)) }
        #expect(!queue.offer(result, microseconds: 0))
        #expect(queue.drained.count == 2)
        #expect(!queue.offer(Sample.record(), microseconds: 0))
        #expect(queue.offer(result, microseconds: 0))
        #expect([queue.takeLost(), queue.takeLost()] == [AuditLoss(records: 1), AuditLoss()])
        bell.hasLostResult = false
        #expect(queue.drained.count == 1)
        #expect(queue.offer(Sample.record(), microseconds: 0))
    }

    @Test func whileTheSinkFailsResultsAreKept() {
        let bell = AuditBell()
        let queue = queue(.required, bell: bell)
        bell.sinkIsHealthy = false
        #expect(queue.offer(Sample.egress(.result(status: 200, reason: nil, durationMicroseconds: 1)), microseconds: 0))
        #expect(!bell.hasLostResult)
    }

    @Test func timesBelongToTheirRecords() {
        let queue = queue(.required)
        #expect(queue.offer(Sample.record("a"), microseconds: 5))
        #expect(queue.offer(Sample.record("b"), microseconds: 4), "a clock may go backwards")
        #expect(queue.drained.map(\.microseconds) == [5, 4])
    }
}

private extension AuditQueue {
    var drained: [Entry] {
        var entries: [Entry] = []
        drain(into: &entries)
        return entries
    }
}

private extension AuditRecord {
    var transaction: ByteString? {
        switch self {
        case .ingress(let record): record.trail.transaction
        case .egress(let record): record.trail.statement?.claims.transactionID
        case .note: nil
        }
    }
}
