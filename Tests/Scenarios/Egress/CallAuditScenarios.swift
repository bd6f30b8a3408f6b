import StrictCoding
import TestSupport
import Testing

/// Nothing is done for a call that is not on record, and whoever goes away, the record says what came of it.
@Suite struct CallAuditScenarios {
    private static let alice = "alice agent_456 on_behalf_of"

    @Test func nothingIsAskedOrSentBeforeTheIntentIsOnDisk() throws {
        let stage = try Stage()
        stage.egress.writesAtOnce = false
        let engagement = try stage.engage()
        let outcome = try stage.outcome(calling: .outbound().showing(engagement)) { _ in
            #expect(stage.egress.asked.isEmpty && stage.services.connections == 0)
            stage.pass(.milliseconds(500))
            #expect(stage.egress.asked.isEmpty && stage.services.connections == 0)
            stage.egress.writeNow()
        }
        #expect(outcome == .answered())
    }

    @Test(arguments: ["orders_api", "geocoder", "books", "mailer"])
    func anIntentThatCannotBeWrittenStopsTheCall(service: String) throws {
        let stage = try Stage(.calling(.books, .mailer))
        stage.egress.writesAtOnce = false
        let engagement = try stage.engage()
        let outcome = try stage.outcome(calling: .outbound(to: service).showing(engagement)) { _ in
            stage.audit.isFull = true
            stage.egress.writeNow()
        }
        #expect(
            outcome
                == CallOutcome(
                    status: 503, code: "audit_unavailable", audit: [],
                    counted: ["orders \(service) audit_unavailable +1", "unrecorded"]))
        #expect(stage.lastAnswer.values("Retry-After") == ["5"])
    }

    /// A disk that hangs.
    @Test func anIntentThatIsNotWrittenInTimeStopsTheCall() throws {
        let stage = try Stage()
        stage.egress.writesAtOnce = false
        let engagement = try stage.engage()
        let outcome = try stage.outcome(calling: .outbound().showing(engagement)) { _ in stage.pass(.seconds(60)) }
        #expect(outcome.status == 503 && outcome.code == "audit_unavailable" && !outcome.served && outcome.asked == 0)
        #expect(outcome.audit == [])
        // It does reach the disk in the end, and so does what came of it.
        stage.egress.writeNow()
        #expect(
            stage.audit.lines.suffix(2) == ["intent \(Self.alice)", "result audit_unavailable 503 \(Self.alice)"])
        #expect(stage.services.connections == 0 && stage.egress.asked.isEmpty && stage.worker.egress.active == 0)
    }

    @Test func anIntentIsFollowedByItsResultThoughTheCallerLeftBetween() throws {
        let stage = try Stage()
        stage.egress.writesAtOnce = false
        let engagement = try stage.engage()
        let outcome = try stage.outcome(calling: .outbound().showing(engagement)) { $0.leave() }
        #expect(outcome.audit == [] && outcome.counted == ["orders orders_api caller_gone +1"])
        stage.egress.writeNow()
        #expect(stage.audit.lines.suffix(2) == ["intent \(Self.alice)", "result caller_gone 499 \(Self.alice)"])
        #expect(stage.egress.asked.isEmpty && stage.services.connections == 0)
    }

    @Test func anIntentThatIsNotWrittenLeavesADenialIfAnything() throws {
        let stage = try Stage()
        stage.egress.writesAtOnce = false
        _ = try stage.outcome(calling: .outbound().showing(stage.engage())) { $0.leave() }
        stage.audit.isFull = true
        stage.egress.writeNow()
        #expect(stage.audit.lines.count == 1 && stage.worker.egress.unrecordedRefusals == 1)
        #expect(stage.services.connections == 0 && stage.worker.egress.active == 0)
    }

    // MARK: - Callers that leave

    enum Moment: String, CaseIterable, Sendable {
        case beforeTheIntent, beforeTheCredential, beforeTheConnection, beforeTheAnswer, duringTheUpload,
            duringTheAnswer
    }

    @Test(arguments: Moment.allCases) func aCallerMayLeaveAtAnyMoment(moment: Moment) throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        var call = Call.outbound("POST", "/orders/o-1").showing(engagement)
        stage.services.reply = nil
        switch moment {
        case .beforeTheIntent: stage.egress.writesAtOnce = false
        case .beforeTheCredential: stage.egress.issue = .hesitates
        case .beforeTheConnection: stage.services.manner = .ignores
        case .beforeTheAnswer: break
        case .duringTheUpload: call = call.with("Content-Length", "10")
        case .duringTheAnswer: stage.services.reply = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
        }
        let outcome = try stage.outcome(calling: call) { $0.leave() }
        #expect(outcome.counted == ["orders orders_api caller_gone +1"])
        #expect(stage.worker.egress.active == 0 && stage.services.openConnections == 0)
        stage.egress.writeNow()
        stage.egress.issue = .gives
        stage.egress.issueNow()
        stage.services.manner = .accepts
        stage.settle()
        #expect(stage.egress.givenUp == (moment == .beforeTheCredential ? 1 : 0))
        // Nothing was written to anybody after the caller had left.
        let heard = [.beforeTheAnswer, .duringTheUpload, .duringTheAnswer].contains(moment)
        #expect(stage.services.requests.count == (heard ? 1 : 0))
        let status = moment == .duringTheAnswer ? 200 : 499
        #expect(stage.audit.lines.suffix(2) == ["intent \(Self.alice)", "result caller_gone \(status) \(Self.alice)"])
        // The place in the transaction is free.
        #expect(stage.egress.table.counts.open == 1)
    }

    /// Others may wait for the very token that one caller gave up.
    @Test func aTokenThatComesTooLateServesTheNextCall() throws {
        let stage = try Stage()
        stage.egress.issue = .hesitates
        let engagement = try stage.engage()
        _ = try stage.outcome(calling: .outbound().showing(engagement)) { $0.leave() }
        stage.egress.issue = .gives
        stage.egress.issueNow()
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == .answered(asked: 0))
    }

    // MARK: - Records

    @Test func theTwoRecordsOfACallSayWhoDidWhatForWhom() throws {
        let stage = try Stage()
        let call = Call.modern().with("traceparent", ForwardingScenarios.traceparent)
        let engagement = try stage.engage(call) { $0.with("sid", "sess-1").with("name", "Alice A.") }
        _ = try stage.outcome(calling: .outbound("GET", "/orders/o-secret-1?q=secret-2").showing(engagement))
        let claims = try stage.claims(in: engagement.request)
        let records = stage.audit.written.suffix(2).joined(separator: "\n")
        for part in [
            #""event":"egress.intent""#, #""event":"egress.result""#, #""actor_sub":"alice""#,
            #""agent_id":"agent_456""#,
            #""delegation_mode":"on_behalf_of""#, #""actor_name":"Alice A.""#, #""session_id":"sess-1""#,
            #""txn":"\#(claims.transactionID)""#, #""trace_id":"0af7651916cd43dd8448eb211c80319c""#,
            #""target":"orders_api""#, #""path":"/orders/*""#, #""host":"127.0.0.1:9101""#,
            #""token_audience":"orders-api""#,
            #""policy_hash":"\#(stage.epoch.policy.digest)""#, #""status":200"#,
        ] {
            #expect(records.contains(part), "\(part) in \(records)")
        }
        let tail = String(engagement.envelope.suffix(32))
        for secret in ["o-secret-1", "secret-2", engagement.token, tail, "token-for-alice"] {
            #expect(!records.contains(secret), "\(secret)")
        }
    }

    @Test func everyIntentHasOneResultAndNoResultIsWithoutOne() throws {
        let stage = try Stage(.withHandles)
        let alice = try stage.engage()
        let bob = try stage.engage { $0.with("sub", "bob").with("scope", "orders:read") }
        for call in [
            Call.outbound(), .outbound("POST", "/orders/o-1"), .outbound("GET", "/admin"), .outbound(to: "geocoder"),
            .outbound(to: "nothing"), .outbound("GET", "/orders/o-1?h=\(alice.handle)"),
        ] {
            for engagement in [alice, bob] {
                for call in [call, call.showing(engagement), call.bearing(engagement.handle)] {
                    _ = try stage.outcome(calling: call)
                }
            }
        }
        let lines = stage.audit.lines.filter { !$0.hasPrefix("accepted") }
        for (line, next) in zip(lines, lines.dropFirst() + [""]) {
            #expect(line.hasPrefix("intent") == next.hasPrefix("result"), "\(line) / \(next)")
        }
        #expect(lines.count > 40)
    }
}
