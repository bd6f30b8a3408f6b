import HTTPWire
import NIOCore
import StrictCoding
import TestSupport
import Testing

/// From when until when calls belong to a request.
@Suite struct TransactionLifeScenarios {
    private let closed = CallOutcome.denied(403, "txn_closed")

    private static func response(_ id: String = "1") -> String {
        ScriptedServer.chunk(#"data: {"jsonrpc":"2.0","id":\#(id),"result":{}}"# + "\n\n")
    }

    // MARK: - The answer

    @Test func aWholeAnswerClosesTheRequestAfterItsGrace() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        try stage.answer(engagement)
        #expect(stage.egress.table.counts.open == 0)
        stage.pass(.milliseconds(1_900))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == .answered())
        stage.pass(.milliseconds(200))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == closed)
    }

    @Test func theResponseInsideAStreamClosesTheRequestThoughTheStreamStaysOpen() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        try stage.answer(engagement, ScriptedServer.eventStream + ScriptedServer.chunk(": hello\n\n"))
        try stage.answer(
            engagement, ScriptedServer.chunk(#"data: {"jsonrpc":"2.0","method":"notifications/progress"}"# + "\n\n"))
        try stage.answer(engagement, Self.response("2"))
        stage.pass(.seconds(60))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == .answered())
        try stage.answer(engagement, Self.response())
        stage.pass(.seconds(3))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == closed)
        #expect(engagement.client.isOpen && stage.worker.counters.streams == 1)
    }

    @Test func theInstanceIsFreeWithTheResponseThoughTheStreamStaysOpen() throws {
        let stage = try AttributionScenarios.launched()
        let engagement = try stage.engage()
        #expect(stage.egress.leased == 1)
        try stage.answer(engagement, ScriptedServer.eventStream + Self.response())
        #expect(stage.egress.leased == 0)
        engagement.client.leave()
        #expect(stage.egress.leased == 0)
    }

    @Test func aServerThatFailsClosesItsRequest() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        stage.server.close()
        stage.pass(.seconds(3))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == closed)
    }

    @Test func withoutGraceTheAnswerIsTheEnd() throws {
        let stage = try Stage(.limiting("transaction_grace: 0s"))
        let engagement = try stage.engage()
        try stage.answer(engagement)
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == closed)
    }

    /// What began in time may end late.
    @Test func aCallThatIsUnderWayOutlastsItsRequest() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        stage.services.reply = nil
        let outcome = try stage.outcome(calling: .outbound().showing(engagement)) { _ in
            try stage.answer(engagement)
            stage.pass(.seconds(60))
            try stage.services.send(ScriptedServer.json("{}"))
        }
        #expect(outcome == .answered())
        #expect(stage.egress.table.counts.open == 0 && stage.worker.egress.active == 0)
    }

    // MARK: - The client's leaving

    /// In 2026-07-28 a client cancels by closing.
    @Test func aModernClientThatLeavesClosesItsRequest() throws {
        let stage = try Stage()
        let engagement = try stage.engage(.modern())
        engagement.client.leave()
        stage.pass(.seconds(3))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == closed)
    }

    /// Before that it may come back for the answer, and the server works on.
    @Test func aLegacyClientThatLeavesDoesNot() throws {
        let stage = try Stage()
        let engagement = try stage.engage(.legacy())
        engagement.client.leave()
        stage.pass(.seconds(200))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == .answered())
        #expect(stage.egress.table.counts.open == 1)
    }

    /// It will not come back after that, and nobody else can end the request.
    @Test func aRequestWhoseLegacyClientLeftEndsWithItsEnvelope() throws {
        let stage = try Stage(.withHandles, upstream: AttributionStories.patient)
        let engagement = try stage.engage(.legacy())
        engagement.client.leave()
        stage.pass(.seconds(299))
        #expect(try stage.outcome(calling: .outbound().bearing(engagement.handle)) == .answered())
        stage.pass(.seconds(1))
        #expect(try stage.outcome(calling: .outbound().bearing(engagement.handle)) == closed)
        #expect(stage.egress.table.counts.open == 0)
    }

    /// Clients that leave again and again keep nobody from working.
    @Test func requestsWhoseLegacyClientsLeftMakeRoomForTheirUsersNext() throws {
        let stage = try Stage(.limiting("transactions_per_principal: 2"))
        let left = try (0..<5).map { _ in
            let engagement = try stage.engage(.legacy())
            engagement.client.leave()
            return engagement
        }
        #expect(stage.egress.table.counts.open == 2)
        #expect(try stage.outcome(calling: .outbound().showing(left[2])) == closed)
        #expect(try stage.outcome(calling: .outbound().showing(left[3])) == .answered())
        _ = try [stage.engage(), stage.engage()]
        #expect(try stage.outcome(of: .modern().bearing(stage.token())).code == "too_many_transactions")
    }

    /// The instance goes on to its principal's next request, from which the calls of this one could not be told.
    @Test(arguments: [Call.modern(), .legacy()]) func aClientOfALaunchedServerThatLeavesClosesItsRequest(call: Call)
        throws
    {
        let stage = try AttributionScenarios.launched()
        let engagement = try stage.engage(call)
        engagement.client.leave()
        #expect(stage.egress.leased == 0)
        stage.pass(.seconds(3))
        #expect(
            try stage.outcome(calling: .outbound(secret: AttributionScenarios.secret(of: "alice")))
                == .denied(403, "txn_closed"))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)).status == 403)
    }

    // MARK: - Time

    @Test(arguments: [(299, 200), (304, 200), (305, 403), (400, 403)])
    func anEnvelopeIsGoodForFiveMinutesAndAFewSeconds(seconds: Int64, status: Int) throws {
        let stage = try Stage(upstream: AttributionStories.patient)
        let engagement = try stage.engage()
        stage.pass(.seconds(seconds))
        let outcome = try stage.outcome(calling: .outbound().showing(engagement))
        #expect(outcome == (status == 200 ? .answered() : .denied(403, "envelope_expired", "envelope_expired")))
    }

    @Test(arguments: [(301, 200), (899, 200), (900, 403)]) func aHandleIsGoodUntilTheDeadline(
        seconds: Int64, status: Int
    ) throws {
        let stage = try Stage(.withHandles, upstream: AttributionStories.patient)
        let engagement = try stage.engage()
        stage.pass(.seconds(seconds))
        let outcome = try stage.outcome(calling: .outbound().bearing(engagement.handle))
        // By then nothing that names it could be good, and nobody remembers it.
        #expect(outcome == (status == 200 ? .answered() : .denied(403, "unattributed")))
    }

    @Test(arguments: [(59, 200), (60, 403)]) func aPolicyMaySetTheDeadline(seconds: Int64, status: Int) throws {
        let stage = try Stage(.limiting("transaction_timeout: 60s"))
        let engagement = try stage.engage()
        stage.pass(.seconds(seconds))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)).status == status)
    }

    @Test(arguments: [(89, 200), (90, 403)]) func nothingIsDoneForAUserWhoseTokenHasExpired(seconds: Int64, status: Int)
        throws
    {
        let stage = try Stage(.withHandles)
        let engagement = try stage.engage { $0.with("exp", .integer(TestPolicy.now + 90)) }
        stage.pass(.seconds(seconds))
        let outcome = try stage.outcome(calling: .outbound().bearing(engagement.handle))
        #expect(outcome == (status == 200 ? .answered() : .denied(403, "unattributed")))
    }

    /// Its last second passes while the intent is written.
    @Test(arguments: ["orders_api", "books"]) func aTokenThatExpiresWhileTheIntentIsWrittenIsNotUsed(service: String)
        throws
    {
        let stage = try Stage(.calling(.books))
        let engagement = try stage.engage { $0.with("exp", .integer(TestPolicy.now + 10)) }
        stage.pass(.seconds(9))
        stage.egress.writesAtOnce = false
        let outcome = try stage.outcome(calling: .outbound(to: service).showing(engagement)) { _ in
            stage.pass(.seconds(2))
            stage.egress.writeNow()
        }
        #expect(outcome.code == "txn_closed" && !outcome.served && outcome.asked == 0, "\(outcome)")
    }

    /// Whatever a service still sends, it is for somebody whose token is good no more.
    @Test(arguments: [nil, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
    func aCallEndsWithTheTokenOfItsUser(reply: String?) throws {
        let stage = try Stage()
        stage.services.reply = reply
        let engagement = try stage.engage { $0.with("exp", .integer(TestPolicy.now + 90)) }
        let outcome = try stage.outcome(calling: .outbound().showing(engagement)) { _ in stage.pass(.seconds(91)) }
        #expect(outcome.audit.last == "result txn_closed \(reply == nil ? 403 : 200) alice agent_456 on_behalf_of")
        #expect(outcome.counted == ["orders orders_api txn_closed +1"])
        #expect(stage.services.openConnections == 0 && stage.worker.egress.active == 0)
    }

    /// One wake-up serves all calls of a loop, whichever ends first.
    @Test func callsOfSeveralUsersEndEachWithItsOwnToken() throws {
        let stage = try Stage()
        stage.services.reply = nil
        let long = try stage.engage { $0.with("exp", .integer(TestPolicy.now + 120)) }
        let short = try stage.engage { $0.with("exp", .integer(TestPolicy.now + 60)) }
        _ = try stage.outcome(calling: .outbound().showing(long)) { _ in
            _ = try stage.outcome(calling: .outbound().showing(short)) { _ in
                stage.pass(.seconds(59))
                #expect(stage.worker.egress.active == 2)
                stage.pass(.seconds(2))
            }
            #expect(stage.worker.egress.active == 1)
            stage.pass(.seconds(60))
        }
        #expect(stage.services.openConnections == 0 && stage.worker.egress.active == 0)
    }
}
