import DataPlane
import StrictCoding
import TestSupport
import Testing

/// `ingress: durable`: no byte of a request reaches a server before the record of its decision is on disk.
@Suite struct DurableRecordScenarios {
    private static let accepted = "accepted alice agent_456 on_behalf_of"

    /// A request of Alice's that was decided, and waits for its record.
    private func waiting(
        _ call: Call = .modern(), _ change: (Claims) -> Claims = { $0 }
    ) throws -> (stage: Stage, client: Client) {
        let stage = try Stage(isDurable: true)
        let client = try stage.client()
        try client.send(bytes: call.bearing(stage.token(change)).bytes)
        #expect(try client.take().isEmpty)
        #expect(stage.server.heardBytes == 0)
        #expect(stage.audit.lines == [Self.accepted])
        return (stage, client)
    }

    private func expectNothingHeld(_ stage: Stage) {
        #expect(stage.worker.activeUsers == 0 && stage.worker.bufferedBytes == 0)
        #expect(stage.worker.counters.active == 0 && stage.worker.counters.streams == 0)
    }

    @Test(arguments: [Call.modern(), .legacy(), .plain(), .plain("DELETE")])
    func aRequestGoesWhenItsRecordIsThere(call: Call) throws {
        let (stage, client) = try waiting(call)
        stage.audit.syncNow()
        #expect(Answer(try client.take()).status == 200)
        #expect(stage.server.requests.count == 1)
        #expect(stage.audit.lines == [Self.accepted])
        #expect(stage.worker.counters.accepted["orders"] == 1)
        expectNothingHeld(stage)
    }

    @Test func aRecordThatIsNotThereForwardsNothing() throws {
        let (stage, client) = try waiting()
        stage.audit.reachesDisk = false
        stage.audit.syncNow()
        let answer = Answer(try client.take())
        #expect(answer.status == 503 && answer.code == "audit_unavailable")
        #expect(stage.server.heardBytes == 0)
        // It may be found in the log all the same, once that can be written.
        #expect(stage.audit.lines == [Self.accepted, "failed audit_unavailable 503 alice agent_456 on_behalf_of"])
        #expect(stage.worker.counters.accepted["orders"] == 0)
        expectNothingHeld(stage)
    }

    /// A disk that hangs; in the end it writes.
    @Test func aRecordThatIsNotThereInTimeForwardsNothing() throws {
        let (stage, client) = try waiting()
        stage.pass(.seconds(4))
        #expect(try client.take().isEmpty)
        stage.pass(.seconds(2))
        #expect(Answer(try client.take()).code == "audit_unavailable")
        stage.audit.syncNow()
        stage.settle()
        #expect(stage.server.heardBytes == 0)
        #expect(stage.audit.lines == [Self.accepted, "failed audit_unavailable 503 alice agent_456 on_behalf_of"])
        expectNothingHeld(stage)
    }

    /// The loop had so much to do that it hears of the disk only when it is time to give up.
    @Test func aLoopThatIsLateIsNoDiskThatHangs() throws {
        let (stage, client) = try waiting()
        stage.loop.scheduleTask(in: .seconds(5)) { stage.audit.syncNow() }
        stage.pass(.seconds(5))
        #expect(Answer(try client.take()).status == 200)
        #expect(stage.audit.lines == [Self.accepted])
        expectNothingHeld(stage)
    }

    /// What is on record as let in was not denied.
    @Test func aTokenThatExpiresMeanwhileFailsARequestThatIsOnRecord() throws {
        let (stage, client) = try waiting { $0.with("exp", .integer(TestPolicy.now + 8)) }
        stage.pass(.seconds(4))
        stage.audit.syncNow()
        #expect(Answer(try client.take()).status == 401)
        #expect(stage.server.heardBytes == 0)
        #expect(stage.audit.lines == [Self.accepted, "failed about_to_expire 401 alice agent_456 on_behalf_of"])
        expectNothingHeld(stage)
    }

    @Test func aRecordThatIsNotTakenForwardsNothing() throws {
        let stage = try Stage(isDurable: true)
        stage.audit.isFull = true
        #expect(try stage.client().send(.modern().bearing(stage.token())).status == 503)
        #expect(stage.server.heardBytes == 0)
        #expect(stage.worker.counters.unrecordedRefusals == 1)
        expectNothingHeld(stage)
    }

    @Test(arguments: [true, false]) func whoLeavesMeanwhileHadNothingDone(reachesDisk: Bool) throws {
        let (stage, client) = try waiting()
        client.leave()
        stage.audit.reachesDisk = reachesDisk
        stage.audit.syncNow()
        stage.settle()
        #expect(stage.server.heardBytes == 0)
        #expect(stage.audit.lines == [Self.accepted, "failed client_gone 499 alice agent_456 on_behalf_of"])
        #expect(stage.worker.counters.accepted["orders"] == 0)
        expectNothingHeld(stage)
    }

    @Test func pipelinedRequestsStayInOrder() throws {
        let stage = try Stage(isDurable: true)
        let client = try stage.client()
        let token = try stage.token()
        stage.server.firstReplies = [ScriptedServer.json("1"), ScriptedServer.json("2")]
        try client.send(bytes: Call.modern("list_orders").bearing(token).bytes + Call.legacy().bearing(token).bytes)
        #expect(stage.audit.lines.count == 1)
        stage.audit.syncNow()
        #expect(Answer(try client.take()).body == "1")
        #expect(stage.audit.lines.count == 2 && stage.server.requests.count == 1)
        stage.audit.syncNow()
        #expect(Answer(try client.take()).body == "2")
        #expect(stage.server.requests.map { $0.values("Mcp-Method") } == [["tools/call"], []])
    }

    /// Its place is taken while it waits, as while it is worked on.
    @Test func aRequestThatWaitsHasItsPlace() throws {
        var policy = TestPolicy()
        policy.gateway = ["limits: {requests: 1}"]
        let stage = try Stage(policy, isDurable: true)
        let token = try stage.token()
        let client = try stage.client()
        try client.send(bytes: Call.modern().bearing(token).bytes)
        #expect(try stage.client().send(.modern().bearing(token)).status == 503)
        stage.audit.syncNow()
        #expect(Answer(try client.take()).status == 200)
    }

    @Test func aPolicyThatIsInstalledMeanwhileIsForTheNext() throws {
        let (stage, client) = try waiting()
        var moved = TestPolicy()
        moved.upstream = "upstream: http://127.0.0.1:3999/mcp"
        try stage.install(moved)
        stage.audit.syncNow()
        #expect(Answer(try client.take()).status == 200)
        #expect(stage.server.endpoints.map(\.port) == [3_001])
    }
}
