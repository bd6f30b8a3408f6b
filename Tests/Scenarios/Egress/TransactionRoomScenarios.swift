import StrictCoding
import TestSupport
import Testing

/// How much room requests take, how much each may do, and which have calls at all.
@Suite struct TransactionRoomScenarios {
    // MARK: - Budgets

    @Test func aRequestMakesSoManyCalls() throws {
        let stage = try Stage(.limiting("transaction_calls: 3"))
        let engagement = try stage.engage()
        let other = try stage.engage()
        let statuses = try (0..<5).map { _ in try stage.outcome(calling: .outbound().showing(engagement)).status }
        #expect(statuses == [200, 200, 200, 429, 429])
        #expect(try stage.outcome(calling: .outbound().showing(other)).status == 200)
    }

    /// However a call ends, its place is free again.
    @Test func aPlaceIsFreeAgainHoweverACallEnds() throws {
        let ways: [(Stage) -> Void] = [
            { $0.services.reply = DownstreamStories.unauthorized }, { $0.egress.issue = .fails(.subjectRejected) },
            { $0.services.manner = .refuses }, { $0.services.reply = "HTTP/1.1 x\r\n\r\n" }, { $0.audit.isFull = true },
            { $0.services.reply = "HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n" },
        ]
        for way in ways {
            let stage = try Stage(.limiting("transaction_concurrent_calls: 1"))
            let engagement = try stage.engage()
            way(stage)
            #expect(try stage.outcome(calling: .outbound("POST", "/orders/o-1").showing(engagement)).status >= 400)
            (stage.services.manner, stage.egress.issue, stage.audit.isFull) = (.accepts, .gives, false)
            stage.services.reply = ScriptedServer.json("{}")
            #expect(try stage.outcome(calling: .outbound().showing(engagement)).status == 200)
            for call in [Call.outbound("GET", "/admin"), .outbound(to: "no_such_api")] {
                #expect(try stage.outcome(calling: call.showing(engagement)).status == 403)
                #expect(try stage.outcome(calling: .outbound().showing(engagement)).status == 200)
            }
            #expect(stage.worker.egress.active == 0)
        }
    }

    @Test func callsAtATimeAreCounted() throws {
        let stage = try Stage(.limiting("transaction_concurrent_calls: 2"))
        let engagement = try stage.engage()
        stage.services.reply = nil
        let callers = try [stage.caller(), stage.caller()]
        for caller in callers { try caller.send(.outbound().showing(engagement)) }
        let third = try stage.outcome(calling: .outbound().showing(engagement))
        #expect(third == .denied(429, "call_concurrency"))
        #expect(stage.lastAnswer.values("Retry-After") == ["1"])
        callers[0].leave()
        stage.services.reply = ScriptedServer.json("{}")
        #expect(try stage.outcome(calling: .outbound().showing(engagement)).status == 200)
    }

    // MARK: - Which requests have calls

    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    ])
    func whatDoesNoWorkHasNoCalls(message: String) throws {
        let stage = try Stage()
        let engagement = try stage.engage(.message(message))
        #expect(stage.egress.table.counts.open == 0)
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == .denied(403, "unattributed"))
    }

    @Test(arguments: ["tools/list", "initialize", "resources/list"]) func whatDoesWorkHas(method: String) throws {
        let stage = try Stage()
        let engagement = try stage.engage(
            .message(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"protocolVersion":"2025-06-18"}}"#))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)).status == 200)
    }

    @Test func aServerWithoutServicesHasNoTransactions() throws {
        var policy = TestPolicy.withBilling
        policy.allowed = []
        let stage = try Stage(policy)
        let engagement = try stage.engage()
        #expect(stage.egress.table.counts.open == 0)
        #expect(try stage.outcome(calling: .outbound().showing(engagement)).code == "target_not_allowed")
    }

    @Test func aUserMayHaveSoManyRequestsAndOthersHaveTheirs() throws {
        let stage = try Stage(.limiting("transactions_per_principal: 2"))
        let first = try stage.engage()
        _ = try stage.engage()
        #expect(try stage.outcome(of: .modern().bearing(stage.token())).code == "too_many_transactions")
        _ = try stage.engage { $0.with("sub", "bob") }
        try stage.answer(first)
        _ = try stage.engage()
    }
}
