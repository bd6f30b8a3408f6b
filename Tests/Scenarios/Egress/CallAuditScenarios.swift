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

    /// The loop had so much to do that it hears of the disk only when it is time to give up.
    @Test func aLoopThatIsLateIsNoDiskThatHangs() throws {
        let stage = try Stage()
        stage.egress.writesAtOnce = false
        let engagement = try stage.engage()
        let outcome = try stage.outcome(calling: .outbound().showing(engagement)) { _ in
            stage.loop.scheduleTask(in: .seconds(5)) { stage.egress.writeNow() }
            stage.pass(.seconds(5))
        }
        #expect(outcome == .answered())
    }

    /// The log has it, and will write it as soon as it can.
    @Test func anIntentThatDoesNotReachTheDiskIsFollowedByItsResult() throws {
        let stage = try Stage()
        stage.egress.writesAtOnce = false
        let engagement = try stage.engage()
        let outcome = try stage.outcome(calling: .outbound().showing(engagement)) { _ in
            stage.audit.reachesDisk = false
            stage.egress.writeNow()
        }
        #expect(outcome == .failed(503, "audit_unavailable", served: false, asked: 0))
        #expect(stage.spans(of: "egress.intent") == stage.spans(of: "egress.result"))
        #expect(stage.services.connections == 0 && stage.worker.egress.active == 0)
    }

    /// Whom the log refuses at once: there is no intent, and so no result.
    @Test func anIntentThatIsNotTakenStopsTheCall() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        stage.audit.isFull = true
        let outcome = try stage.outcome(calling: .outbound().showing(engagement))
        #expect(outcome.status == 503 && outcome.code == "audit_unavailable" && outcome.audit == [])
        stage.audit.isFull = false
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == .answered())
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

    /// A service's trace joins to the records of the very call, though calls of one request are alike.
    @Test func callsOfOneRequestAreToldApartByTheSpanThatTheServiceSees() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        for call in [Call.outbound(), .outbound(), .outbound("POST", "/admin"), .outbound(to: "geocoder")] {
            _ = try stage.outcome(calling: call.showing(engagement))
        }
        #expect(stage.spans(of: "ingress.accepted") == [try #require(engagement.request.span)])
        let seen = stage.services.requests.compactMap(\.span)
        #expect(seen.count == 3 && Set(seen + stage.spans(of: "egress.denied")).count == 4)
        #expect(stage.spans(of: "egress.intent") == seen && stage.spans(of: "egress.result") == seen)
        #expect(!seen.contains(try #require(engagement.request.span)))
    }

    /// A credential that the service did not take, and another one: it is the same call.
    @Test func aCallThatIsSentOnceMoreKeepsItsSpan() throws {
        let stage = try Stage()
        stage.services.firstReplies = ["HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"]
        let engagement = try stage.engage()
        #expect(try stage.outcome(calling: .outbound().showing(engagement)).status == 200)
        let seen = stage.services.requests.compactMap(\.span)
        #expect(seen.count == 2 && Set(seen).count == 1)
        #expect(stage.spans(of: "egress.intent") == [seen[0]] && stage.spans(of: "egress.result") == [seen[0]])
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

private extension Stage {
    /// `span_id` of the records of an event, in order.
    func spans(of event: String) -> [String] {
        audit.written.compactMap { line in
            guard let root = try? JSONDocument(parsing: Array(line.utf8), limits: .message).root,
                root["event"]?.text?.string == event
            else { return nil }
            return root["span_id"]?.text?.string ?? "none"
        }
    }
}

private extension HeardRequest {
    /// The third part of `traceparent`.
    var span: String? { values("traceparent").first?.split(separator: "-").dropFirst(2).first.map(String.init) }
}
