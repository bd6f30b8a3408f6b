import Identity
import Policy
import StrictCoding
import Testing

@testable import Admission
@testable import Audit

/// Records to the byte.
@Suite struct AuditLineTests {
    private let digest = Sample.epoch.policy.digest

    @Test func anAcceptedRequestHasEveryField() throws {
        var trail = Sample.trail(try Sample.caller())
        trail.rules = [RuleName("servers.orders-mcp.tools.get_order")]
        #expect(
            Sample.line(IngressRecord(accepted: trail, epoch: Sample.epoch)) == """
                {"v":1,"seq":0,"prev":"\(Sample.genesis)","ts":"2026-11-24T00:00:00.123456Z","event":"ingress.accepted","decision":"allow",\
                "actor_sub":"alice","agent_id":"agent_456","delegation_mode":"on_behalf_of","actor_name":"Alice",\
                "actor_tenant":"acme","actor_iss":"http://127.0.0.1:9000","actor_type":"user","client_id":"webapp-prod",\
                "session_id":"session-1","confidence":"verified",\
                "txn":"01KC0000000000000000000001","jti":"01KC0000000000000000000002",\
                "trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","upstream":"orders-mcp","http_method":"POST",\
                "mcp_method":"tools/call","mcp_name":"get_order","jsonrpc_id":7,\
                "rules":["servers.orders-mcp.tools.get_order"],"policy_hash":"\(digest)"}
                """)
    }

    @Test func whoIsNotKnownIsNull() {
        var trail = IngressTrail()
        trail.httpMethod = "GET"
        #expect(
            Sample.line(IngressRecord(refused: .pathNotServed, status: 404, trail: trail, epoch: Sample.epoch)) == """
                {"v":1,"seq":0,"prev":"\(Sample.genesis)","ts":"2026-11-24T00:00:00.123456Z","event":"ingress.denied","decision":"deny",\
                "reason":"path_not_served","status":404,"actor_sub":null,"agent_id":null,"delegation_mode":null,\
                "http_method":"GET","rules":[],"policy_hash":"\(digest)"}
                """)
    }

    @Test func anAgentNobodyVouchesForIsEstimated() throws {
        let trail = Sample.trail(try Sample.caller(name: nil, isVouchedFor: false))
        let refusal = Refusal.insufficientScope(
            required: ["orders:write"], rules: [RuleName("servers.orders-mcp.tools.x")])
        #expect(
            Sample.line(IngressRecord(refused: refusal, status: 403, trail: trail, epoch: Sample.epoch)) == """
                {"v":1,"seq":0,"prev":"\(Sample.genesis)","ts":"2026-11-24T00:00:00.123456Z","event":"ingress.denied","decision":"deny",\
                "reason":"insufficient_scope","status":403,"actor_sub":"alice","agent_id":"client:webapp-prod",\
                "delegation_mode":"on_behalf_of","actor_tenant":"acme","actor_iss":"http://127.0.0.1:9000",\
                "actor_type":"user","client_id":"webapp-prod","session_id":"session-1","confidence":"estimated",\
                "estimated":["agent.id"],"txn":"01KC0000000000000000000001","jti":"01KC0000000000000000000002",\
                "trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","upstream":"orders-mcp","http_method":"POST",\
                "mcp_method":"tools/call","mcp_name":"get_order","jsonrpc_id":7,\
                "rules":["servers.orders-mcp.tools.x"],"policy_hash":"\(digest)"}
                """)
    }

    @Test func aServerThatDoesNotAnswerIsAFailureOfAnAllowedRequest() {
        let record = IngressRecord(
            refused: .upstream(.unreachable), status: 502, isAccepted: true, trail: Sample.trail(nil),
            epoch: Sample.epoch)
        #expect(
            Sample.line(record).hasPrefix(
                """
                {"v":1,"seq":0,"prev":"\(Sample.genesis)","ts":"2026-11-24T00:00:00.123456Z","event":"ingress.failed","decision":"allow",\
                "reason":"\(Refusal.upstream(.unreachable).code)","status":502,"actor_sub":null,
                """))
    }

    @Test func aRefusalOfWhatIsOnRecordAsAcceptedIsAFailureToo() {
        let line = { (isAccepted: Bool) in
            Sample.line(
                IngressRecord(
                    refused: .auditUnavailable, status: 503, isAccepted: isAccepted, trail: Sample.trail(nil),
                    epoch: Sample.epoch))
        }
        let reason = #""reason":"audit_unavailable","status":503,"#
        #expect(line(true).contains(#""event":"ingress.failed","decision":"allow",\#(reason)"#))
        #expect(line(false).contains(#""event":"ingress.denied","decision":"deny",\#(reason)"#))
    }

    // MARK: - Hostile text

    private static let hostile: [(text: String, escaped: String)] = [
        ("a\nb", #"a\u000ab"#),
        ("a\r\nb", #"a\u000d\u000ab"#),
        ("\u{1B}[2J\u{1B}[31m", #"\u001b[2J\u001b[31m"#),
        ("\u{9B}31m", #"\u009b31m"#),
        ("a\u{2028}b\u{2029}c", #"a\u2028b\u2029c"#),
        ("admin\u{202E}txt\u{2066}x", #"admin\u202etxt\u2066x"#),
        (#"x","decision":"allow"#, #"x\",\"decision\":\"allow"#),
        ("\u{0}\u{7F}\\", #"\u0000\u007f\\"#),
        ("café", "café"),
    ]

    @Test(arguments: hostile) func hostileTextStaysInItsField(text: String, escaped: String) throws {
        var trail = Sample.trail(try Sample.caller(subject: ByteString(text), name: ByteString(text)))
        trail.mcpMethod = ByteString(text)
        trail.mcpName = ByteString(text)
        trail.httpMethod = ByteString(text)
        let line = Sample.line(IngressRecord(accepted: trail, epoch: Sample.epoch))
        for field in ["actor_sub", "actor_name", "mcp_method", "mcp_name", "http_method"] {
            #expect(line.contains(#""\#(field)":"\#(escaped)""#), "\(line)")
        }
        let document = try JSONDocument(parsing: Array(line.utf8), limits: .message)
        #expect(document.root["actor_sub"]?.text == ByteString(text))
    }

    /// A client's id is JSON already, and JSON may hold these raw.
    @Test(arguments: ["a\u{2028}b", "\u{202E}x", "\u{9B}31m", "\u{7F}"]) func aHostileRequestIDIsEscapedToo(
        text: String
    ) throws {
        var trail = Sample.trail(nil)
        trail.requestID = Array("\"\(text)\"".utf8)
        let bytes = AuditLine.bytes(.ingress(IngressRecord(accepted: trail, epoch: Sample.epoch)), microseconds: 0)
        #expect(!bytes.contains { $0 >= 0x7F }, "\(String(decoding: bytes, as: UTF8.self))")
        #expect(try JSONDocument(parsing: bytes, limits: .message).root["jsonrpc_id"]?.text == ByteString(text))
    }

    @Test(arguments: [
        ("7", "7"), (#""a-1""#, #""a-1""#), ("-9007199254740991", "-9007199254740991"), (#""\u0041""#, #""A""#),
    ])
    func aPlainRequestIDIsKept(id: String, written: String) {
        var trail = Sample.trail(nil)
        trail.requestID = Array(id.utf8)
        #expect(
            Sample.line(IngressRecord(accepted: trail, epoch: Sample.epoch)).contains(#""jsonrpc_id":\#(written),"#))
    }

    @Test(arguments: ["x", "é", "\n", "\u{2028}"]) func aNameOfAMegabyteBecomesALineOfAScreen(piece: String) {
        var trail = Sample.trail(nil)
        trail.mcpMethod = ByteString(String(repeating: piece, count: 1 << 20))
        trail.mcpName = trail.mcpMethod
        let bytes = AuditLine.bytes(.ingress(IngressRecord(accepted: trail, epoch: Sample.epoch)), microseconds: 0)
        #expect(bytes.count < 5_000)
        #expect(!bytes.contains(0x0A))
        #expect(throws: Never.self) { try JSONDocument(parsing: bytes, limits: .message) }
    }

    @Test func bytesThatAreNoTextAreReplaced() throws {
        var trail = Sample.trail(nil)
        trail.mcpName = ByteString([0x61, 0xFF, 0xC0, 0x80, 0x62])
        #expect(
            Sample.line(IngressRecord(accepted: trail, epoch: Sample.epoch)).contains("\"a\u{FFFD}\u{FFFD}\u{FFFD}b\""))
    }
}
