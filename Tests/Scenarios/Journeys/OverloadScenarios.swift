import Admission
import NIOCore
import StrictCoding
import TestSupport
import Testing

@testable import DataPlane
@testable import HTTPWire

/// Whatever a request holds of what is scarce comes back when it is over, however it ends.
@Suite struct OverloadScenarios {
    private func stage(_ limits: String = "requests: 4") throws -> Stage {
        var policy = TestPolicy()
        policy.gateway = ["limits: {\(limits)}"]
        return try Stage(policy)
    }

    private func expectNothingHeld(_ stage: Stage, _ comment: Comment) {
        #expect(stage.worker.requests.active == 0, comment)
        #expect(stage.worker.activeUsers == 0, comment)
        #expect(stage.worker.bufferedBytes == 0, comment)
        #expect(stage.worker.counters.active == 0 && stage.worker.counters.streams == 0, comment)
    }

    // MARK: - How a request ends

    enum End: CaseIterable {
        case answered, streamed, clientGone, clientGoneInStream, clientGoneInMessage, serverGone, serverGoneInStream
        case denied, unauthorized, published, wireFault, timedOut, tokenExpired
    }

    @Test(arguments: End.allCases) func everythingIsGivenBack(end: End) throws {
        let stage = try stage()
        let token = try stage.token()
        let client = try stage.client()
        stage.server.reply = nil
        let call = Call.modern().bearing(token)
        switch end {
        case .answered:
            try client.send(bytes: call.bytes)
            #expect(stage.worker.requests.active == 1 && stage.worker.activeUsers == 1)
            #expect(stage.worker.bufferedBytes == call.body.utf8.count)
            try stage.server.send(ScriptedServer.json(#"{"jsonrpc":"2.0","id":1,"result":{}}"#))
        case .streamed:
            try client.send(bytes: call.bytes)
            try stage.server.send(ScriptedServer.eventStream + "0\r\n\r\n")
        case .clientGone:
            try client.send(bytes: call.bytes)
            client.leave()
        case .clientGoneInStream:
            try client.send(bytes: Call.plain().bearing(token).bytes)
            try stage.server.send(ScriptedServer.eventStream)
            #expect(stage.worker.counters.streams == 1)
            client.leave()
        case .clientGoneInMessage:
            try client.send(bytes: Array(call.bytes.dropLast()))
            #expect(stage.worker.bufferedBytes == call.body.utf8.count - 1)
            client.leave()
        case .serverGone:
            try client.send(bytes: call.bytes)
            stage.server.close()
        case .serverGoneInStream:
            try client.send(bytes: Call.plain().bearing(token).bytes)
            try stage.server.send(ScriptedServer.eventStream)
            stage.server.close()
        case .denied: try client.send(.modern("drop_orders").bearing(token))
        case .unauthorized: try client.send(.modern().bearing("not-a-token"))
        case .published: try client.send(.plain("GET", "/.well-known/jwks.json"))
        case .wireFault:
            var chunked = call.changing("Content-Length", nil).with("Transfer-Encoding", "chunked")
            chunked.body = "5\r\n{\"jso\r\nno chunk\r\n"
            try client.send(bytes: chunked.bytes)
        case .timedOut:
            try client.send(bytes: Array(call.bytes.dropLast()))
            stage.pass(.seconds(120))
        case .tokenExpired:
            try client.send(bytes: Call.plain().bearing(token).bytes)
            try stage.server.send(ScriptedServer.eventStream)
            stage.pass(.hours(2))
        }
        stage.settle()
        expectNothingHeld(stage, "\(end)")
    }

    // MARK: - Limits

    @Test func roomThatComesBackIsUsedAgain() throws {
        let stage = try stage("requests: 1")
        let token = try stage.token()
        for _ in 0..<3 { #expect(try stage.client().send(.modern().bearing(token)).status == 200) }
        stage.server.reply = nil
        let waiting = try stage.client()
        try waiting.send(bytes: Call.modern().bearing(token).bytes)
        let refused = try stage.client().send(.modern().bearing(token))
        #expect(refused.status == 503 && refused.values("Retry-After") == ["5"])
        waiting.leave()
        stage.server.reply = ScriptedServer.json("{}")
        #expect(try stage.client().send(.modern().bearing(token)).status == 200)
    }

    /// Nobody's token is verified for want of room, and documents are for everybody at any time.
    @Test func aFullGatewayDoesNoWork() throws {
        let stage = try stage("requests: 1")
        stage.server.reply = nil
        try stage.client().send(bytes: Call.modern().bearing(stage.token()).bytes)
        let misses = stage.worker.counters.tokenCacheMisses
        let other = try stage.token { $0.with("sub", "bob") }
        #expect(try stage.client().send(.modern().bearing(other)).code == "too_many_requests")
        #expect(stage.worker.counters.tokenCacheMisses == misses)
        #expect(try stage.client().send(.plain("GET", "/.well-known/jwks.json")).status == 200)
    }

    @Test func oneUserLeavesRoomForAnother() throws {
        let stage = try stage("requests_per_principal: 1")
        stage.server.reply = nil
        try stage.client().send(bytes: Call.modern().bearing(stage.token()).bytes)
        #expect(try stage.client().send(.modern().bearing(stage.token())).status == 429)
        stage.server.reply = ScriptedServer.json("{}")
        let bob = try stage.token { $0.with("sub", "bob") }
        #expect(try stage.client().send(.modern().bearing(bob)).status == 200)
    }

    /// A call was carried out by the time that its answer turns out to be a stream.
    @Test func aStreamThatAnswersACallCountsAndIsNotRefused() throws {
        let stage = try stage("streams_per_principal: 1")
        stage.server.reply = ScriptedServer.eventStream
        let token = try stage.token()
        for _ in 0..<2 {
            let client = try stage.client()
            #expect(try client.send(.modern().bearing(token)).status == 200)
        }
        let listener = try stage.client().send(.plain().bearing(token))
        #expect(listener.status == 429 && listener.values("Retry-After") == ["5"])
    }

    @Test func aFloodOfRefusalsLeavesTheAuditLogRoom() throws {
        let stage = try stage("requests: 1")
        stage.server.reply = nil
        let token = try stage.token()
        try stage.client().send(bytes: Call.modern().bearing(token).bytes)
        let client = try stage.client()
        for _ in 0..<SecondBudget.perSecond + 20 {
            #expect(try client.send(.modern().bearing(token)).code == "too_many_requests")
        }
        let code = "denied too_many_requests 503 - - on_behalf_of"
        #expect(stage.audit.lines.count { $0 == code } == SecondBudget.perSecond)
        #expect(stage.worker.counters.unrecordedOverload == 20 && stage.worker.counters.unrecordedRefusals == 0)
        stage.pass(.seconds(1))
        try client.send(.modern().bearing(token))
        #expect(stage.audit.lines.count { $0 == code } == SecondBudget.perSecond + 1)
    }

    /// Loops of one process share the budget, and a new policy changes it under way.
    @Test func theBudgetIsTheProcesss() throws {
        let budget = RequestBudget(limit: 2)
        #expect(budget.take() && budget.take() && !budget.take())
        budget.allow(3)
        #expect(budget.take() && budget.active == 3)
        budget.allow(1)
        budget.give()
        budget.give()
        #expect(budget.active == 1 && !budget.take())
    }
}
