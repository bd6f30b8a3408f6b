import Delegation
import Identity
import StrictCoding
import Testing

@testable import Audit

/// Records of outbound calls, to the byte.
@Suite struct EgressLineTests {
    private let digest = Sample.epoch.policy.digest

    private func line(_ event: EgressRecord.Event, _ trail: EgressTrail) -> String {
        Sample.line(EgressRecord(event, trail, policyDigest: digest))
    }

    /// What lines about the sample's actor say between the decision and the trace.
    private let identity = """
        "actor_sub":"alice","agent_id":"agent_456","delegation_mode":"on_behalf_of","actor_name":"Alice",\
        "actor_tenant":"acme","actor_iss":"http://127.0.0.1:9000","actor_type":"user","client_id":"webapp-prod",\
        "session_id":"session-1","confidence":"verified","attribution":"envelope",\
        "txn":"01KC0000000000000000000001","jti":"01KC0000000000000000000002",
        """

    private let target = """
        "trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","act_chain":["agent_456","agent_1"],\
        "presenter":"orders-mcp","target":"orders_api","host":"127.0.0.1:4000","method":"GET","path":"/orders/*",\
        "rules":["services.orders_api.allow[0]"],"scopes_requested":["orders:read"],
        """

    @Test func anIntentHasAllThatIsKnownBeforeACredentialIsAskedFor() {
        #expect(
            line(.intent, Sample.call()) == """
                {"v":1,"seq":0,"prev":"\(Sample.genesis)","ts":"2026-11-24T00:00:00.123456Z","event":"egress.intent","decision":"allow",\
                \(identity)\(target)"scopes_granted":[],"token_audience":"orders-api","policy_hash":"\(digest)"}
                """)
    }

    @Test func aResultSaysWhatWasSentAndWhatCameOfIt() {
        var trail = Sample.call()
        trail.scopesGranted = ["orders:read"]
        trail.tokenDigest = "0123456789abcdef"
        trail.source = .miss
        trail.mintedEnvelope = "01KC0000000000000000000003"
        #expect(
            line(.result(status: 200, reason: nil, durationMicroseconds: 12_345), trail) == """
                {"v":1,"seq":0,"prev":"\(Sample.genesis)","ts":"2026-11-24T00:00:00.123456Z","event":"egress.result","decision":"allow","status":200,\
                "duration_ms":12,\(identity)"minted_jti":"01KC0000000000000000000003",\(target)\
                "scopes_granted":["orders:read"],"token_audience":"orders-api","token_sha256_16":"0123456789abcdef",\
                "cache":"miss","policy_hash":"\(digest)"}
                """)
    }

    @Test func aResultWithoutAnAnswerSaysWhy() {
        #expect(
            line(.result(status: 503, reason: "exchange_unavailable", durationMicroseconds: 500), Sample.call())
                .hasPrefix(
                    """
                    {"v":1,"seq":0,"prev":"\(Sample.genesis)","ts":"2026-11-24T00:00:00.123456Z","event":"egress.result","decision":"allow",\
                    "reason":"exchange_unavailable","status":503,"duration_ms":1,"actor_sub":"alice",
                    """))
    }

    @Test func whoIsNotKnownIsNull() {
        var trail = EgressTrail()
        trail.method = "GET"
        #expect(
            line(.denied(reason: "presenter_unknown", status: 403), trail) == """
                {"v":1,"seq":0,"prev":"\(Sample.genesis)","ts":"2026-11-24T00:00:00.123456Z","event":"egress.denied","decision":"deny",\
                "reason":"presenter_unknown","status":403,"actor_sub":null,"agent_id":null,"delegation_mode":null,\
                "method":"GET","rules":[],"scopes_requested":[],"scopes_granted":[],"policy_hash":"\(digest)"}
                """)
    }

    @Test func anInstanceIsNamedBesideItsServer() {
        var trail = EgressTrail()
        trail.presenter = .instance("01KC0000000000000000000009", server: "orders-mcp")
        trail.service = "orders_api"
        #expect(
            line(.denied(reason: "txn_closed", status: 403), trail) == """
                {"v":1,"seq":0,"prev":"\(Sample.genesis)","ts":"2026-11-24T00:00:00.123456Z","event":"egress.denied","decision":"deny",\
                "reason":"txn_closed","status":403,"actor_sub":null,"agent_id":null,"delegation_mode":null,\
                "presenter":"orders-mcp","instance":"01KC0000000000000000000009","target":"orders_api",\
                "rules":[],"scopes_requested":[],"scopes_granted":[],"policy_hash":"\(digest)"}
                """)
    }

    @Test func anAgentNobodyVouchesForIsEstimatedAndHasNoChain() {
        let text = line(.intent, Sample.call(Sample.claims(isVouchedFor: false)))
        #expect(
            text.contains(
                #""agent_id":"client:webapp-prod","delegation_mode":"on_behalf_of","#), "\(text)")
        #expect(text.contains(#""confidence":"estimated","estimated":["agent.id"],"attribution""#), "\(text)")
        #expect(text.contains(#""act_chain":[],"#), "\(text)")
    }

    @Test(arguments: DelegationMode.allCases) func aUsersTokenIsFlagged(mode: DelegationMode) {
        var trail = Sample.call()
        trail.mode = mode
        #expect(line(.intent, trail).contains(#""user_token":true,"#) == (mode == .restrictedUser))
        #expect(!line(.intent, trail).contains(#""user_token":false"#))
    }

    @Test(arguments: [
        (Attribution.envelope, "envelope"), (.handle, "handle"), (.instance, "instance"),
    ]) func theProofIsNamed(attribution: Attribution, name: String) {
        var trail = Sample.call()
        trail.attribution = attribution
        #expect(line(.intent, trail).contains(#""attribution":"\#(name)","#))
    }

    @Test(arguments: [
        (EgressTrail.Source.hit, "hit"), (.miss, "miss"), (.reissued, "reissued"), (.fixed, "fixed"),
    ]) func whereTheCredentialCameFromIsNamed(source: EgressTrail.Source, name: String) {
        var trail = Sample.call()
        trail.source = source
        #expect(line(.intent, trail).contains(#""cache":"\#(name)","#))
    }

    @Test(arguments: [
        (Int64(0), 0), (499, 0), (500, 1), (1_499, 1), (60_000_000, 60_000),
    ]) func durationsAreWholeMilliseconds(microseconds: Int64, milliseconds: Int) {
        let text = line(.result(status: 200, reason: nil, durationMicroseconds: microseconds), EgressTrail())
        #expect(text.contains(#""duration_ms":\#(milliseconds),"#))
    }

    /// Case 43: every field that holds text from outside.
    @Test(arguments: ["a\r\nb", "\u{1B}[2J", "a\u{2028}b", "\u{202E}x", #"x","decision":"deny"#, "\u{0}\\"])
    func hostileTextStaysInItsField(text: String) throws {
        let hostile = ByteString(text)
        var trail = Sample.call(Sample.claims(subject: hostile), actorName: hostile)
        trail.method = hostile
        trail.audience = hostile
        trail.scopesGranted = [hostile]
        let bytes = AuditLine.bytes(Sample.egress(.intent, trail), microseconds: 0)
        #expect(!bytes.contains(0x0A) && !bytes.contains(0x0D) && !bytes.contains { $0 >= 0x7F })
        let root = try JSONDocument(parsing: bytes, limits: .message).root
        for name in ["actor_sub", "actor_name", "method", "token_audience"] as [ByteString] {
            #expect(root.member(name)?.text == hostile, "\(name)")
        }
        #expect(root["decision"]?.text == "allow")
        #expect(root["scopes_granted"]?.elements?.map(\.text) == [hostile])
    }

    @Test func aMethodOfAMegabyteBecomesALineOfAScreen() {
        var trail = Sample.call()
        trail.method = ByteString([UInt8](repeating: 0x58, count: 1 << 20))
        trail.audience = trail.method
        #expect(AuditLine.bytes(Sample.egress(.intent, trail), microseconds: 0).count < 2_000)
    }
}
