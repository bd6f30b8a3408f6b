import Gateway
import StrictCoding
import TestSupport
import Testing

/// A gateway that takes the place of another one.
@Suite(.timeLimit(.minutes(2))) struct SuccessionTests {
    @Test func noRequestIsLostWhenAnotherGatewayTakesOver() async throws {
        let world = try World()
        try await world.open()
        let reserved = try ReservedPort()
        let port = reserved.number
        defer { withExtendedLifetime(reserved) {} }
        let old = try await world.start(loops: 2, clientsAddress: "127.0.0.1:\(port)")
        let token = try world.token()
        let slow = try await old.connect()
        world.server.hold()
        async let held = slow.call(token: token, id: 77)
        await world.server.waitUntilHolding()

        // Both run in this process, so the one who is asked is not asked by a signal.
        let asked = Shared(0)
        let succession = Succession { _ in
            asked.change { $0 += 1 }
            Task {
                await old.beginStopping()
                try await Task.sleep(for: .milliseconds(300))
                await world.server.release()
            }
        }
        let isDone = Shared(false)
        let failures = Shared<[String]>([])
        let answered = Shared(0)
        let callers = (0..<4).map { _ in
            Task {
                while !isDone.value {
                    do {
                        let client = try await Client.connect(port, host: String(World.origin.dropFirst(7)))
                        let answer = try await client.call(token: token)
                        await client.close()
                        if answer.status != 200 { failures.change { $0.append("status \(answer.status)") } }
                        answered.change { $0 += 1 }
                    } catch {
                        failures.change { $0.append("\(error)") }
                    }
                }
            }
        }
        let new = try await world.start(loops: 2, clientsAddress: "127.0.0.1:\(port)", succession: succession)
        #expect(try await held.status == 200)
        try await old.waitForEnd()
        let soFar = answered.value
        try await eventually("the new one answers") { answered.value > soFar + 20 }
        isDone.value = true
        for caller in callers { await caller.value }
        #expect(asked.value == 1)
        #expect(failures.value.isEmpty, "\(failures.value.count): \(failures.value.prefix(5))")
        // Both wrote into one audit file, one after the other; it is whole once the second one has ended.
        try await new.stop()
        #expect(try world.auditRecords().count == answered.value + 1)
        await world.close()
    }

    @Test func aSecondGatewayIsRefusedWithoutBeingTold() async throws {
        let world = try World()
        let reserved = try ReservedPort()
        let port = reserved.number
        defer { withExtendedLifetime(reserved) {} }
        let first = try await world.start(clientsAddress: "127.0.0.1:\(port)")
        let failure = await #expect(throws: (any Error).self) {
            _ = try await world.start(clientsAddress: "127.0.0.1:\(port)")
        }
        #expect(failure.map { "\($0)" }?.contains("a gateway runs on these addresses already, as process") == true)
        #expect(failure.map { "\($0)" }?.contains("--take-over") == true)
        try await first.stop()
        // The lock went with it.
        let next = try await world.start(clientsAddress: "127.0.0.1:\(port)")
        try await next.stop()
    }

    @Test func whereNobodyRunsTakingOverIsStarting() async throws {
        let world = try World()
        let reserved = try ReservedPort()
        let port = reserved.number
        defer { withExtendedLifetime(reserved) {} }
        let gateway = try await world.start(
            clientsAddress: "127.0.0.1:\(port)", succession: Succession { _ in Issue.record("nobody is there") })
        try await gateway.stop()
    }
}
