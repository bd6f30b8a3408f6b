import Testing

@Suite(.timeLimit(.minutes(2))) struct ShutdownTests {
    @Test func aCallUnderWayIsFinishedAndIdleConnectionsAreClosed() async throws {
        try await withGateway(loops: 2) { world, gateway in
            let token = try world.token()
            let (busy, idle) = (try await gateway.connect(), try await gateway.connect())
            #expect(try await idle.call(token: token).status == 200)
            world.server.hold()
            async let slow = busy.call(token: token, id: 77)
            await world.server.waitUntilHolding()

            await gateway.beginStopping()
            await idle.waitForEnd()
            try await eventually("nobody listens any more") { await !isListening(gateway) }
            await world.server.release()
            let answer = try await slow
            #expect(answer.status == 200)
            #expect(answer.value("connection") == "close")
            #expect(try answer.json()["id"]?.integer == 77)
            try await gateway.waitForEnd()
            // Both calls are on disk when the process may end.
            #expect(try world.auditRecords().map { $0["event"]?.text } == ["ingress.accepted", "ingress.accepted"])
            #expect(world.log.lines.last == "info: stopped")
        }
    }

    @Test func aCallThatDoesNotEndIsCutOffAfterTheDrainTimeout() async throws {
        try await withGateway(drainSeconds: 1) { world, gateway in
            let client = try await gateway.connect()
            world.server.hold()
            let token = try world.token()
            let slow = Task { try await client.call(token: token) }
            await world.server.waitUntilHolding()
            let began = ContinuousClock.now
            try await gateway.stop()
            #expect(ContinuousClock.now - began >= .seconds(1))
            await #expect(throws: ClosedEarly.self) { try await slow.value }
        }
    }

    @Test func whatAClientOpenedToListenDoesNotHoldUpTheEnd() async throws {
        try await withGateway(loops: 2) { world, gateway in
            let client = try await gateway.connect()
            let fields = [("Accept", "text/event-stream"), ("Authorization", "Bearer \(try world.token())")]
            #expect(try await client.ask("GET", "/mcp/orders", fields: fields).status == 200)
            let began = ContinuousClock.now
            try await gateway.stop()
            await client.waitForEnd()
            #expect(ContinuousClock.now - began < .seconds(10), "the drain timeout is 20 seconds")
        }
    }

    @Test func withoutConnectionsItEndsAtOnce() async throws {
        try await withGateway(loops: 2, issuerIsUp: false) { world, gateway in
            let began = ContinuousClock.now
            try await gateway.stop()
            #expect(ContinuousClock.now - began < .seconds(10), "the drain timeout is 20 seconds")
            #expect(try world.auditRecords().isEmpty)
        }
    }

    @Test func anIssuerThatDoesNotAnswerDoesNotHoldUpTheEnd() async throws {
        let world = try World()
        try await world.issuer.site.openSilently()
        let gateway = try await world.start()
        let client = try await gateway.connect()
        #expect(try await client.call(token: nil).status == 401)
        let began = ContinuousClock.now
        try await gateway.stop()
        #expect(ContinuousClock.now - began < .seconds(4), "one attempt of the gateway takes 5 seconds")
    }

    private func isListening(_ gateway: RunningGateway) async -> Bool {
        guard let client = try? await gateway.connect() else { return false }
        await client.close()
        return true
    }
}
