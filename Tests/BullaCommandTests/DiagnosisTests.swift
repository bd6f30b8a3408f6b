import Policy
import StrictCoding
import Testing

@testable import BullaCommand

@Suite struct DiagnosisTests {
    private let policy: PolicySet

    init() throws {
        policy = try TestPolicies.all()
    }

    // MARK: - What the records say

    @Test func aCallThatTheAPIAnsweredIsHealthy() throws {
        let diagnosis = try diagnose("copying", [Line.accepted(), Line.intent(), Line.result(status: 200)])
        #expect(diagnosis.isHealthy)
        #expect(diagnosis.isSettled)
        #expect(diagnosis.calls.count == 1)
        #expect(diagnosis.calls[0].outcome == .answered(status: 200))
        #expect(diagnosis.way == .forwardsEnvelope)
    }

    @Test(
        arguments: [
            ("copying", [], nil, false, .silent),
            ("launched", [], nil, false, .launchedButSilent),
            ("alone", [], nil, true, nil),
            ("launched", [Line.intent("instance"), Line.result("instance", status: 200)], nil, true, .launched),
            ("passing", [Line.intent("handle"), Line.result("handle", status: 204)], nil, true, .forwardsHandle),
            ("copying", [Line.intent(), Line.result(status: 404)], nil, false, .forwardsEnvelope),
            (
                "copying", [Line.intent(), Line.result(status: 502, reason: "exchange_rejected")], nil, false,
                .forwardsEnvelope
            ),
            ("copying", [Line.denied("target_not_allowed", "envelope")], nil, false, .forwardsEnvelope),
            ("copying", [Line.stray("unattributed", presenter: "copying")], nil, false, .showsNothing),
            ("copying", [Line.stray("unattributed", presenter: "passing")], nil, false, .silent),
            ("copying", [Line.stray("presenter_unknown", presenter: nil)], nil, false, .showsNothing),
            ("copying", [Line.intent(), Line.result(status: 200)], "orders_api", true, .forwardsEnvelope),
            ("copying", [Line.intent(), Line.result(status: 200)], "billing_api", false, .forwardsEnvelope),
        ] as [(ByteString, [String], ByteString?, Bool, ServerWay?)])
    func eachWayHasItsSigns(
        server: ByteString, calls: [String], service: ByteString?, isHealthy: Bool, way: ServerWay?
    ) throws {
        let diagnosis = try diagnose(server, [Line.accepted()] + calls, service: service)
        #expect(diagnosis.isHealthy == isHealthy)
        #expect(diagnosis.way == way)
    }

    @Test func aDeniedRequestIsNotHealthyEvenWithoutServices() throws {
        let denied = Line.accepted().replacing("ingress.accepted", with: "ingress.denied")
        #expect(!(try diagnose("alone", [denied])).isHealthy)
        #expect(!(try diagnose("alone", [])).isHealthy)
    }

    @Test func otherRequestsOfTheSameMomentsAreNotMixedIn() throws {
        let others = [Line.accepted(), Line.intent(), Line.result(status: 200)].map {
            $0.replacing(Line.trace, with: "ffffffffffffffffffffffffffffffff")
        }
        let diagnosis = try diagnose("copying", others + [Line.accepted()] + others)
        #expect(diagnosis.calls.isEmpty)
        #expect(diagnosis.request != nil)
    }

    @Test func callsAtOnceKeepTheirResults() throws {
        let diagnosis = try diagnose(
            "copying",
            [
                Line.accepted(), Line.intent(target: "orders_api"), Line.intent(target: "billing_api"),
                Line.intent(target: "orders_api"),
            ]
                + [Line.result(target: "billing_api", status: 200), Line.result(target: "orders_api", status: 404)])
        #expect(diagnosis.calls.map(\.service) == ["orders_api", "billing_api", "orders_api"])
        #expect(diagnosis.calls.map(\.outcome) == [.answered(status: 404), .answered(status: 200), nil])
        #expect(!diagnosis.isSettled)
    }

    @Test func anotherVersionOfThePolicyIsNoticed() throws {
        #expect(try diagnose("copying", [Line.accepted(policyHash: "sha256:other")]).isOtherPolicy)
        #expect(!(try diagnose("copying", [Line.accepted(policyHash: policy.digest.string)])).isOtherPolicy)
    }

    @Test(arguments: ["", "x", "{}", "[]", #"{"event":"config.loaded"}"#, #"{"event":7}"#])
    func otherLinesAreNoEntries(line: String) {
        #expect(RequestEntry(Array(line.utf8)) == nil)
    }

    // MARK: - What is told

    @Test func theTextTellsClientServerCallsAndWay() throws {
        let diagnosis = try diagnose(
            "copying", [Line.accepted(policyHash: policy.digest.string), Line.intent(), Line.result(status: 200)])
        let text = diagnosis.text(policyPath: "p.yaml", answer: .result("fine"), scopes: ["orders:read"])
        #expect(
            text == """
                answer    a result: fine

                client    what the gateway understood
                  actor   alice (user, tenant acme)
                  agent   agent_456 (client demo-cli)
                  session s-1, verified
                  scopes  orders:read

                server    what `copying` was sent
                  Txn-Token  envelope 01J of transaction 01T
                  Authorization  nothing
                  audit headers  full

                calls     what arrived for it
                  orders_api GET /*/*: the API answered 200
                    from copying, attributed by envelope, as on_behalf_of for alice
                    token 0123456789abcdef for orders-api, scopes orders:read, miss

                way       the server copies the headers of its request, the envelope with them
                  the envelope also travels to hosts that the server calls directly: give them no base URL of their own
                """)
    }

    @Test func aSilentServerIsToldWhereToPutItsAddress() throws {
        let text = try diagnose("copying", [Line.accepted()]).text(
            policyPath: "p.yaml", answer: .result(""), scopes: nil)
        #expect(text.contains("calls     none arrived"))
        #expect(text.contains("    bulla egress-url p.yaml copying billing_api\n"))
        #expect(text.hasSuffix("    bulla egress-url p.yaml copying orders_api"))
    }

    @Test func aRefusalComesWithAdvice() throws {
        let diagnosis = try diagnose("copying", [Line.accepted(), Line.denied("scope_exceeds_actor", "envelope")])
        let text = diagnosis.text(policyPath: "p.yaml", answer: .toolError("403"), scopes: nil)
        #expect(text.contains("403, scope_exceeds_actor (the token lacks a scope"))
        let json = try JSONDocument(
            parsing: Array(
                diagnosis.json(policyPath: "p.yaml", traceID: "t", answer: .toolError("403"), scopes: nil).utf8),
            limits: .document
        ).root
        #expect(json["ok"]?.bool == false)
        #expect(json["calls"]?.elements?.first?["code"]?.text == "scope_exceeds_actor")
        #expect(json["calls"]?.elements?.first?["advice"]?.text != nil)
        #expect(json["way"]?.text == "forwards_envelope")
        #expect(json["client"]?["actor_sub"]?.text == "alice")
        #expect(json["sent"]?["jti"]?.text == "01J")
    }

    @Test func withoutARecordTheGatewayRunsElsewhere() throws {
        let text = try diagnose("copying", []).text(policyPath: "p.yaml", answer: .result("x"), scopes: nil)
        #expect(text.hasSuffix("does the gateway run with this policy?"))
    }

    // MARK: - Records

    private func diagnose(
        _ server: ByteString, _ lines: [String], service: ByteString? = nil
    ) throws -> Diagnosis {
        Diagnosis(
            policy: policy, server: try TestPolicies.server(server, in: policy), service: service,
            traceID: ByteString(Line.trace), entries: lines.compactMap { RequestEntry(Array($0.utf8)) })
    }
}

/// Lines of an audit file.
private enum Line {
    static let trace = "0af7651916cd43dd8448eb211c80319c"

    static func accepted(policyHash: String = "sha256:x") -> String {
        #"{"v":1,"event":"ingress.accepted","decision":"allow","actor_sub":"alice","agent_id":"agent_456","#
            + #""actor_tenant":"acme","actor_type":"user","client_id":"demo-cli","session_id":"s-1","#
            + #""confidence":"verified","txn":"01T","jti":"01J","trace_id":"\#(trace)","mcp_method":"tools/call","#
            + #""policy_hash":"\#(policyHash)"}"#
    }

    private static func call(_ event: String, _ attribution: String?, _ target: String, _ more: String) -> String {
        let attributed =
            attribution.map { #""attribution":"\#($0)","trace_id":"\#(trace)","presenter":"copying","# } ?? ""
        return #"{"v":1,"event":"\#(event)","actor_sub":"alice","delegation_mode":"on_behalf_of",\#(attributed)"#
            + #""target":"\#(target)","method":"GET","path":"/*/*"\#(more)}"#
    }

    static func intent(_ attribution: String = "envelope", target: String = "orders_api") -> String {
        call("egress.intent", attribution, target, "")
    }

    static func result(
        _ attribution: String = "envelope", target: String = "orders_api", status: Int, reason: String? = nil
    ) -> String {
        let credential =
            #","scopes_granted":["orders:read"],"token_audience":"orders-api","token_sha256_16":"0123456789abcdef","cache":"miss""#
        let why = reason.map { #","reason":"\#($0)""# } ?? ""
        return call("egress.result", attribution, target, #","status":\#(status)\#(why)\#(credential)"#)
    }

    static func denied(_ reason: String, _ attribution: String = "envelope") -> String {
        call("egress.denied", attribution, "orders_api", #","status":403,"reason":"\#(reason)""#)
    }

    static func stray(_ reason: String, presenter: String?) -> String {
        let caller = presenter.map { #","presenter":"\#($0)""# } ?? ""
        return call("egress.denied", nil, "orders_api", #","status":403,"reason":"\#(reason)"\#(caller)"#)
    }
}
