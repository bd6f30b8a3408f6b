import HTTPWire
import NIOCore
import TestSupport
import Testing

/// Server-sent events: every byte as it comes, no faster than the client reads, no longer than the token lives.
@Suite struct StreamingScenarios {
    /// A client whose request is under way; the server has begun a stream.
    private func streaming(_ call: Call, on stage: Stage) throws -> Client {
        stage.server.reply = ScriptedServer.eventStream
        let client = try stage.client()
        try client.send(bytes: call.bearing(stage.token()).bytes)
        return client
    }

    static let events = [
        "id: 1\ndata:\nretry: 3000\n\n", ": ping\n\n", "event: message\ndata: {\"a\":1}\r\n\r\n", "da", "ta: split\n\n",
        "data: \u{2028}\n\n",
    ]

    @Test(arguments: [Call.legacy(), .modern(), .plain()]) func eventsPassByteExactAndAtOnce(call: Call) throws {
        let stage = try Stage()
        let client = try streaming(call, on: stage)
        let head = Answer(try client.take())
        #expect(head.status == 200 && head.body == "")
        #expect(
            head.fields == [
                "Content-Type: text/event-stream", "X-Accel-Buffering: no", "Cache-Control: no-store",
                "Transfer-Encoding: chunked", "Date: Tue, 24 Nov 2026 00:00:00 GMT",
            ])
        for event in Self.events {
            try stage.server.send(ScriptedServer.chunk(event))
            #expect(try client.takeText() == ScriptedServer.chunk(event))
        }
        #expect(stage.worker.counters.streams == 1)
        try stage.server.send("0\r\n\r\n")
        #expect(try client.takeText() == "0\r\n\r\n")
        #expect(stage.worker.counters.streams == 0 && stage.worker.counters.active == 0)
        #expect(client.isOpen)
    }

    @Test func aSlowClientSlowsTheServerDown() throws {
        let stage = try Stage()
        let client = try streaming(.legacy(), on: stage)
        _ = try client.take()
        client.setWritable(false)
        try stage.server.send(ScriptedServer.chunk("data: 1\n\n"))
        stage.pass(.seconds(20))
        #expect(try client.takeText() == "")
        client.setWritable(true)
        #expect(try client.takeText() == ScriptedServer.chunk("data: 1\n\n"))
    }

    @Test func anAnswerThatBreaksOffIsOnRecordWithWhatTheClientWasTold() throws {
        let stage = try Stage()
        stage.server.reply =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        let client = try stage.client()
        try client.send(.modern().bearing(stage.token()))
        stage.server.close()
        stage.settle()
        #expect(!client.isOpen)
        #expect(
            stage.audit.lines == [
                "accepted alice agent_456 on_behalf_of",
                "failed upstream_closed 200 alice agent_456 on_behalf_of",
            ])
    }

    /// Else whoever pipelines without reading would have the answers piled up in memory.
    @Test func aClientThatIsBehindWithEarlierAnswersWaitsForItsNextOne() throws {
        let stage = try Stage()
        stage.server.reply = ScriptedServer.eventStream
        let client = try stage.client()
        client.setWritable(false)
        try client.send(bytes: Call.legacy().bearing(stage.token()).bytes)
        #expect(stage.server.openConnections == 0 && stage.worker.counters.active == 0)
        client.setWritable(true)
        #expect(stage.server.openConnections == 1)
        try stage.server.send(ScriptedServer.chunk("data: 1\n\n"))
        #expect(try client.takeText().hasSuffix(ScriptedServer.chunk("data: 1\n\n")))
    }

    @Test(arguments: [Call.legacy(), .modern(), .plain()]) func aClientThatLeavesCancelsTheCall(call: Call) throws {
        let stage = try Stage()
        let client = try streaming(call, on: stage)
        #expect(stage.server.openConnections == 1)
        client.leave()
        #expect(stage.server.openConnections == 0)
        #expect(stage.worker.counters.active == 0 && stage.worker.counters.streams == 0)
    }

    @Test func aClientThatLeavesBeforeTheAnswerCancelsTheCall() throws {
        let stage = try Stage()
        stage.server.reply = nil
        let client = try stage.client()
        try client.send(bytes: Call.modern().bearing(stage.token()).bytes)
        #expect(stage.server.openConnections == 1)
        client.leave()
        #expect(stage.server.openConnections == 0 && stage.worker.counters.active == 0)
    }

    @Test func aStreamThatAGETOpenedEndsWithItsToken() throws {
        let stage = try Stage(upstream: Self.patient)
        let client = try streaming(.plain(), on: stage)
        _ = try client.take()
        stage.pass(.seconds(3_600 + 29))
        #expect(try client.takeText() == "")
        #expect(client.isOpen)
        stage.pass(.seconds(2))
        #expect(try client.takeText() == "0\r\n\r\n")
        #expect(stage.server.openConnections == 0)
        #expect(stage.worker.counters.streams == 0 && stage.worker.counters.active == 0)
    }

    private static var patient: UpstreamLimits {
        var limits = UpstreamLimits()
        limits.streamIdleTimeout = nil
        return limits
    }

    @Test func aSubscriptionEndsWithItsToken() throws {
        var policy = TestPolicy()
        policy.server = ["methods: [subscriptions/listen]"]
        let stage = try Stage(policy, upstream: Self.patient)
        let client = try streaming(.modern("subscriptions/listen", []), on: stage)
        _ = try client.take()
        stage.pass(.seconds(3_600 + 31))
        #expect(try client.takeText().hasSuffix("0\r\n\r\n"))
        #expect(stage.server.openConnections == 0)
    }

    @Test func aCallThatIsUnderWayMayFinish() throws {
        let stage = try Stage()
        let client = try streaming(.legacy(), on: stage)
        _ = try client.take()
        stage.pass(.minutes(29))
        try stage.server.send(ScriptedServer.chunk(": ping\n\n"))
        stage.pass(.minutes(29))
        try stage.server.send(ScriptedServer.chunk(": ping\n\n"))
        stage.pass(.minutes(29))
        _ = try client.take()
        try stage.server.send(ScriptedServer.chunk("data: done\n\n") + "0\r\n\r\n")
        #expect(try client.takeText() == ScriptedServer.chunk("data: done\n\n") + "0\r\n\r\n")
    }

    @Test func aStreamThatBreaksOffIsNotTakenForAWholeOne() throws {
        let stage = try Stage()
        let client = try streaming(.legacy(), on: stage)
        try stage.server.send(ScriptedServer.chunk("data: 1\n\n"))
        stage.server.close()
        #expect(try !client.takeText().hasSuffix("0\r\n\r\n"))
        #expect(!client.isOpen)
        #expect(
            stage.worker.counters.differences(from: .init()) == ["accepted +1", "orders upstream_closed +1"])
        #expect(stage.worker.counters.streams == 0)
    }

    @Test func aSilentStreamIsGivenUp() throws {
        let stage = try Stage()
        let client = try streaming(.legacy(), on: stage)
        stage.pass(.minutes(31))
        #expect(!client.isOpen && stage.server.openConnections == 0)
    }
}
