import MCP
import StrictCoding
import Testing

@Suite("What is refused, and how it is answered")
struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let body: String
        let code: String
        let errorCode: Int
        /// The id that the answer carries.
        var id: String? = "1"
        var testDescription: String { body }
    }

    static let cases: [Case] = [
        // not JSON, or JSON read differently by different parsers
        Case(body: "", code: "json", errorCode: -32700, id: nil),
        Case(body: "<html>", code: "json", errorCode: -32700, id: nil),
        Case(body: "\u{FEFF}{}", code: "json", errorCode: -32700, id: nil),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#, code: "json", errorCode: -32700,
            id: nil),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","n\u0061me":"dangerous"}}"#,
            code: "json", errorCode: -32700, id: nil),
        Case(body: #"{"jsonrpc":"2.0","id":1,"method":"ping"} {}"#, code: "json", errorCode: -32700, id: nil),
        // batches
        Case(body: "[]", code: "batch", errorCode: -32600, id: nil),
        Case(body: #"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, code: "batch", errorCode: -32600, id: nil),
        // frames
        Case(body: "null", code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #""ping""#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: "{}", code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #"{"id":1,"method":"ping"}"#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(
            body: #"{"jsonrpc":"2.0","id":"\#(String(repeating: "x", count: 256))","method":"ping"}"#,
            code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #"{"jsonrpc":"2.0","id":1,"method":7}"#, code: "not_a_message", errorCode: -32600),
        Case(body: #"{"jsonrpc":"2.0","id":1,"method":""}"#, code: "not_a_message", errorCode: -32600),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"\#(String(repeating: "x", count: 129))"}"#,
            code: "not_a_message", errorCode: -32600),
        Case(body: #"{"jsonrpc":"2.0","id":1}"#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(body: #"{"jsonrpc":"2.0","result":{}}"#, code: "not_a_message", errorCode: -32600, id: nil),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, code: "not_a_message", errorCode: -32600, id: nil
        ),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}"#, code: "not_a_message", errorCode: -32600),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"result":{},"params":{}}"#, code: "not_a_message", errorCode: -32600,
            id: nil),
        // spellings that a reader ignoring case would take for the real thing
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#, code: "lookalike_member",
            errorCode: -32600, id: nil),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"safe","NAME":"dangerous"}}"#,
            code: "lookalike_member", errorCode: -32600),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","argument\u017f":{}}}"#,
            code: "lookalike_member", errorCode: -32600),
        // params
        Case(body: #"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, code: "invalid_params", errorCode: -32602),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#, code: "invalid_params", errorCode: -32602),
        Case(body: #"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#, code: "invalid_params", errorCode: -32602),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}"#, code: "invalid_params",
            errorCode: -32602),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"name":"x"}}"#, code: "invalid_params",
            errorCode: -32602),
        Case(
            body:
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(String(repeating: "x", count: 2049))"}}"#,
            code: "invalid_params", errorCode: -32602),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":[]}}"#,
            code: "invalid_params", errorCode: -32602),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":null}}"#,
            code: "invalid_params", errorCode: -32602),
        Case(
            body: #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":"x"}}"#, code: "invalid_params",
            errorCode: -32602),
    ]

    @Test(arguments: cases)
    func aBodyThatIsNoMessageIsAnsweredWithAnError(row: Case) throws {
        let refused = try #require(refusal(of: row.body))
        #expect("\(refused.code)" == row.code)
        #expect(refused.errorCode == row.errorCode)
        #expect(refused.status == 400)
        #expect(refused.id.map { text($0) } == row.id)
        let answer = try JSONDocument(parsing: refused.body, limits: .message).root
        #expect(answer["error"]?["code"]?.integer == Int64(row.errorCode))
        #expect(answer["id"].map { text($0.source) } == row.id)
    }

    @Test(arguments: [
        "dev.bulla/envelope", "dev.bulla/execution-identity", "DEV.Bulla/envelope", "dev_bulla/envelope",
        "dev.bulla.internal/x", "dev.bulla", "Txn-Token", "txn_token", "TXN.TOKEN", "eie-envelope", "X-EIE-a",
        "X-Actor-Sub", "x_actor_sub", "X-Agent-Id", "X-Delegation-Mode", "Workload-Identity-Token",
    ])
    func aMetaKeyThatLooksLikeOursIsRefused(key: String) throws {
        for body in [
            #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":1,"\#(key)":"x"}}}"#,
            #"{"jsonrpc":"2.0","id":1,"result":{"_meta":{"\#(key)":"x"}}}"#,
        ] {
            let refused = try #require(refusal(of: body))
            #expect(refused.fact == .reservedMetadata(ByteString(key)))
            #expect(refused.status == 400)
        }
    }

    @Test(arguments: [
        "progressToken", "com.example/envelope", "io.modelcontextprotocol/clientInfo", "dev.bull/x", "actor",
    ])
    func otherMetaKeysPass(key: String) {
        #expect(refusal(of: #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"\#(key)":"x"}}}"#) == nil)
    }

    @Test func anUnsupportedVersionIsToldWhatIsSpoken() throws {
        let body = modernCall("t").replacing("2026-07-28", with: "2031-01-01")
        let refused = try #require(refusal(of: body, .legacy("2031-01-01")))
        #expect(refused.status == 400)
        #expect(
            text(refused.body)
                == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"Unsupported protocol version","data":{"supported":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"requested":"2031-01-01"}}}"#
        )
    }

    @Test func headerMismatchIsTheCodeOfTheSpecification() throws {
        let refused = try #require(refusal(of: modernCall("a"), .modern("tools/call", "b")))
        #expect(refused.errorCode == -32020)
        #expect(
            text(refused.body)
                == #"{"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":"Header mismatch: `Mcp-Name` does not match the body"}}"#
        )
    }

    @Test func aBodyOverTheLimitIs413() throws {
        let limits = JSONLimits(bytes: 10, depth: 4, members: 10)
        #expect {
            try MessageInspector.inspect(Array(modernCall("t").utf8), headers: RoutingHeaders(), limits: limits)
        } throws: { ($0 as? MessageRefusal)?.status == 413 }
    }

    @Test func whatTheClientSentIsEscapedInTheAnswer() throws {
        let refused = try #require(
            refusal(
                of: #"{"jsonrpc":"2.0","id":"\u0007\"","method":"ping","params":{"_meta":{"dev.bulla\n\u202e":1}}}"#))
        #expect(
            text(refused.body)
                == #"{"jsonrpc":"2.0","id":"\u0007\"","error":{"code":-32600,"message":"`_meta` key `dev.bulla\u000A\u202E` is reserved for the gateway"}}"#
                .replacing("000A", with: "000a").replacing("202E", with: "202e"))
    }
}
