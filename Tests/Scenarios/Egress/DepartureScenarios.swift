import Admission
import TestSupport
import Testing

/// Whoever shuts down the sending side while nobody is reading has gone: nothing is done for them any more.
@Suite struct DepartureScenarios {
    @Test func aClientThatLeavesWhileKeysAreFetchedHasItsCallNotMade() throws {
        let stage = try Stage(keysKnown: false)
        stage.provider.manner = .hesitates
        let client = try stage.client()
        try client.send(bytes: Call.modern().bearing(stage.token()).bytes)
        client.closeInput()
        stage.provider.answerNow()
        stage.settle()
        #expect(stage.server.connections == 0)
        #expect(!client.isOpen && stage.worker.counters.active == 0)
    }

    @Test(arguments: ["GET", "POST"]) func aServerThatLeavesWhileATokenIsFetchedHasItsCallNotMade(method: String) throws
    {
        let stage = try Stage()
        let engagement = try stage.engage()
        stage.egress.issue = .hesitates
        var call = Call.outbound(method).showing(engagement)
        if method == "POST" { call = call.carrying("{}") }
        let caller = try stage.caller()
        try caller.send(bytes: call.bytes)
        #expect(stage.egress.asked.count == 1)
        caller.closeInput()
        stage.egress.issue = .gives
        stage.egress.issueNow()
        stage.settle()
        #expect(stage.services.connections == 0)
        #expect(!caller.isOpen && stage.worker.egress.active == 0)
        #expect(stage.audit.lines.last == "result caller_gone 499 alice agent_456 on_behalf_of")
    }

    @Test func deletingASessionWhoseInstanceIsGoneFindsNoSession() throws {
        var policy = TestPolicy()
        policy.upstream = "launch: {command: [server], port_env: PORT, env: {URL: \"${egress}/orders_api\"}}"
        let stage = try Stage(policy)
        stage.egress.instanceFault = .absent
        let answer = try stage.client().send(Call.plain("DELETE").bearing(stage.token()))
        #expect(answer.status == 404)
    }
}
