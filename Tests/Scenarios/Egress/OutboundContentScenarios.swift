import NIOCore
import StrictCoding
import TestSupport
import Testing

/// The content of a server's call: byte by byte, no sooner than it may be sent and no faster than it is taken.
@Suite struct OutboundContentScenarios {
    /// What the service hears of a call of Alice's.
    private func heard(_ call: Call) throws -> HeardRequest {
        let stage = try Stage()
        let outcome = try stage.outcome(calling: call.showing(stage.engage()))
        #expect(outcome.status == 200, "\(outcome)")
        return try #require(stage.services.requests.first)
    }

    @Test func aBodyOfDeclaredLengthGoesThroughAsItIs() throws {
        let request = try heard(
            .outbound("POST", "/orders/o-1").carrying(#"{"eieh":"x"}"#).with("Content-Type", "text/x"))
        #expect(request.body == #"{"eieh":"x"}"# && request.values("Content-Length") == ["12"])
        #expect(request.values("Content-Type") == ["text/x"])
    }

    @Test func aBodyOfUnknownLengthGoesThroughInChunks() throws {
        let stage = try Stage()
        stage.services.reply = nil
        let caller = try stage.caller()
        let call = try Call.outbound("POST", "/orders/o-1").showing(stage.engage()).with("Transfer-Encoding", "chunked")
        try caller.send(bytes: call.bytes + Array("3\r\nabc\r\n".utf8))
        try caller.send(bytes: Array("2;x=y\r\nde\r\n0\r\nX-Actor-Sub: eve\r\n\r\n".utf8))
        let heard = String(decoding: stage.services.heard, as: UTF8.self)
        #expect(heard.hasSuffix("\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
        #expect(stage.services.requests[0].values("Transfer-Encoding") == ["chunked"])
        try stage.services.send(ScriptedServer.json("{}"))
        #expect(try Answer(caller.take()).status == 200)
    }

    @Test func aLargeBodyGoesThrough() throws {
        let stage = try Stage()
        let body = String(repeating: "0123456789abcdef", count: 1 << 16)
        let call = try Call.outbound("POST", "/orders/o-1").carrying(body).showing(stage.engage())
        stage.services.reply = nil
        let outcome = try stage.outcome(calling: call) { _ in
            #expect(String(decoding: stage.services.heard.suffix(body.utf8.count), as: UTF8.self) == body)
            try stage.services.send(ScriptedServer.json("{}"))
        }
        #expect(outcome == .answered())
    }

    @Test func aSlowServiceSlowsTheServerDown() throws {
        let stage = try Stage()
        stage.services.reply = nil
        let caller = try stage.caller()
        let piece = String(repeating: "x", count: 1_000)
        var call = try Call.outbound("POST", "/orders/o-1").showing(stage.engage()).with("Content-Length", "3000")
        call.body = piece
        try caller.send(call)
        stage.services.setWritable(false)
        try caller.send(bytes: Array(piece.utf8))
        let held = stage.services.heard.count
        try caller.send(bytes: Array(piece.utf8))
        #expect(stage.services.heard.count == held)
        stage.services.setWritable(true)
        stage.settle()
        #expect(stage.services.heard.count == held + 2_000)
        try stage.services.send(ScriptedServer.json("{}"))
        #expect(try Answer(caller.take()).status == 200)
    }

    /// Nobody is asked for content before it is sure that somebody takes it.
    @Test func contentIsAskedForOnceTheCredentialIsThere() throws {
        let stage = try Stage()
        stage.egress.issue = .hesitates
        stage.services.reply = nil
        let caller = try stage.caller()
        let call = try Call.outbound("POST", "/orders/o-1").showing(stage.engage()).with("Expect", "100-continue")
            .with("Content-Length", "2")
        try caller.send(bytes: call.bytes)
        #expect(try caller.takeText() == "")
        stage.egress.issue = .gives
        stage.egress.issueNow()
        #expect(try caller.takeText() == "HTTP/1.1 100 Continue\r\n\r\n")
        try caller.send(bytes: Array("{}".utf8))
        #expect(stage.services.requests[0].values("Expect") == [])
        #expect(String(decoding: stage.services.heard, as: UTF8.self).hasSuffix("\r\n\r\n{}"))
    }

    @Test func contentThatCameEarlyWaitsForTheCredential() throws {
        let stage = try Stage()
        stage.egress.issue = .hesitates
        let caller = try stage.caller()
        try caller.send(bytes: Call.outbound("POST", "/orders/o-1").carrying("early").showing(stage.engage()).bytes)
        #expect(stage.services.connections == 0)
        stage.egress.issue = .gives
        stage.egress.issueNow()
        #expect(try Answer(caller.take()).status == 200)
        #expect(stage.services.requests[0].body == "early")
    }

    @Test(arguments: [("zz\r\n", "malformed_chunk"), ("5\r\nab", "truncated")])
    func contentThatBreaksOffEndsTheCall(content: String, code: String) throws {
        let stage = try Stage()
        stage.services.reply = nil
        let call = try Call.outbound("POST", "/orders/o-1").showing(stage.engage()).with("Transfer-Encoding", "chunked")
        let outcome = try stage.outcome(calling: call) { caller in
            try caller.send(bytes: Array(content.utf8))
            if code == "truncated" { caller.closeInput() }
        }
        #expect(outcome == .failed(400, code))
        #expect(stage.services.openConnections == 0)
        #expect(stage.egress.table.counts.open == 1)
    }

    @Test func callsOfOneConnectionAreSeparateDecisions() throws {
        let stage = try Stage()
        let alice = try stage.engage()
        let bob = try stage.engage { $0.with("sub", "bob") }
        let caller = try stage.caller()
        #expect(try caller.send(.outbound().showing(alice)).status == 200)
        #expect(try caller.send(.outbound()).status == 403)
        #expect(try caller.send(.outbound("GET", "/admin").showing(bob)).status == 403)
        #expect(try caller.send(.outbound().showing(bob)).status == 200)
        #expect(stage.services.requests.map(\.bearer) == ["token-for-alice-1", "token-for-bob-2"])
        #expect(stage.services.connections == 1 && stage.worker.egress.active == 0)
    }
}
