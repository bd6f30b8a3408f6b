import StrictCoding
import TestSupport
import Testing

/// Threat cases 21 to 25: requests that two readers could read differently, and pages that have no business here.
@Suite struct MessageCases {
    private func outcome(_ call: (_ token: String) -> Call) throws -> Outcome {
        let stage = try Stage()
        return try stage.outcome(of: call(stage.token()))
    }

    @Test(arguments: [
        ("Content-Length: 5\nTransfer-Encoding: chunked", 400), ("Transfer-Encoding: xchunked", 400),
        ("Transfer-Encoding: chunked\nTransfer-Encoding: chunked", 400), ("Content-Length: 5\nContent-Length: 6", 400),
        ("Content-Length: +5", 400), ("Content-Length: 5, 5", 400), ("X: a\n b", 400), ("X : a", 400), ("X\r: a", 400),
        ("Host: gw.example", 400), ("Transfer-Encoding: gzip, chunked", 501),
    ])
    func case21_ambiguousFramingIsRefusedAndTheConnectionCloses(line: String, status: Int) throws {
        let stage = try Stage()
        let client = try stage.client()
        let request =
            "POST /mcp/orders HTTP/1.1\nHost: gw.example\nAuthorization: Bearer \(try stage.token())\n\(line)\n\n0\n\nGET"
        let answer = try client.send(.raw(request))
        #expect(answer.status == status)
        #expect(answer.values("Connection") == ["close"])
        #expect(stage.server.connections == 0)
        // What follows such a request is nobody's request.
        #expect(try client.send(.modern().bearing(stage.token())).status == 0)
    }

    @Test(arguments: [
        "alice\r\nX-Actor-Sub: eve", "alice\n", "\u{85}", "a\u{0}b", "\u{7F}", String(repeating: "a", count: 256),
    ])
    func case22_aSubjectWithControlCharactersIsRefused(subject: String) throws {
        let stage = try Stage()
        let token = try stage.token { $0.with("sub", .string(subject)) }
        #expect(try stage.outcome(of: .modern().bearing(token)) == .refused(401, "malformed_sub"))
        let agent = try stage.token { $0.with("act", .object([("sub", .string(subject))])) }
        #expect(try stage.outcome(of: .modern().bearing(agent)) == .refused(401, "malformed_act"))
    }

    @Test func case22_everyOtherSubjectTravelsEncoded() throws {
        let stage = try Stage()
        let token = try stage.token { $0.with("sub", "a,b \u{2028}\u{202E}%") }
        _ = try stage.outcome(of: .modern().bearing(token))
        #expect(stage.server.requests[0].values("X-Actor-Sub") == ["a%2Cb%20%E2%80%A8%E2%80%AE%25"])
        #expect(stage.audit.written.last?.contains(#""actor_sub":"a,b \u2028\u202e%""#) == true)
    }

    @Test(arguments: [
        "/mcp/orders/..%2fbilling", "/mcp//orders", "/mcp/orders%00", "/mcp/orders;x", "/mcp/./orders",
        "/mcp/x/../orders",
        "/mcp/%2e%2e/mcp/orders", "/mcp/orders%2f", "/mcp\\orders", "//mcp/orders", "/mcp/orders%c0%af",
    ])
    func case23_anAmbiguousPathIsNoPath(path: String) throws {
        let outcome = try outcome { .modern().at(path).bearing($0) }
        #expect(outcome.status == 400 && !outcome.reached)
    }

    @Test(arguments: [
        ("/mcp/orders", 200), ("/mcp/%6Frders", 200), ("/mcp/orders?x=1", 200), ("http://gw.example/mcp/orders", 200),
        ("/MCP/orders", 404), ("/mcp/orders/", 404), ("/mcp", 404), ("/", 404), ("/mcp/ordersx", 404),
    ])
    func case23_routingAndPolicyShareOneNormaliser(path: String, status: Int) throws {
        #expect(try outcome { .modern().at(path).bearing($0) }.status == status)
    }

    @Test(arguments: [
        ("GW.EXAMPLE", 200), ("gw.example:443", 200), ("gw.example:80", 421), ("gw.example.", 421),
        ("127.0.0.1:8080", 421),
        ("gw.example.evil.example", 421), ("localhost", 421),
    ])
    func case23_25_onlyTheHostOfThePublicURLIsServed(host: String, status: Int) throws {
        #expect(try outcome { .modern().changing("Host", host).bearing($0) }.status == status)
    }

    @Test(arguments: ["gzip", "deflate", "br", "identity, gzip", "x"])
    func case24_anEncodedBodyIsNotInspectedAndNotForwarded(coding: String) throws {
        #expect(
            try outcome { .modern().with("Content-Encoding", coding).bearing($0) }
                == .refused(415, "content_encoded", whom: .alice))
    }

    @Test(arguments: [
        ("drop_orders", "list_orders", "field_mismatch"),
        ("drop_orders", "=?base64?bGlzdF9vcmRlcnM=?=", "field_mismatch"),
        ("drop_orders", "=?base64?!?=", "malformed_field"), ("list_orders", "LIST_ORDERS", "field_mismatch"),
        ("list_orders", "=?BASE64?bGlzdF9vcmRlcnM=?=", "field_mismatch"),
    ])
    func case24_theNameInTheHeaderIsTheNameInTheBody(tool: String, header: String, code: String) throws {
        #expect(
            try outcome { .modern(tool).changing("Mcp-Name", header).bearing($0) }
                == .refused(400, code, body: "-32020", whom: .alice))
    }

    @Test func case24_anEncodedNameThatAgreesIsAccepted() throws {
        #expect(
            try outcome { .modern("list_orders").changing("Mcp-Name", "=?base64?bGlzdF9vcmRlcnM=?=").bearing($0) }
                == .accepted())
    }

    @Test(arguments: [
        (
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_orders","name":"drop_orders"}}"#,
            "json", "-32700"
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"drop_orders"}}"#, "json",
            "-32700"
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_orders","n\u0061me":"drop_orders"}}"#,
            "json", "-32700"
        ),
        (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, "batch", "-32600"), ("not json", "json", "-32700"),
        ("", "json", "-32700"),
        ("\u{FEFF}{}", "json", "-32700"), (String(repeating: "[", count: 100), "json", "-32700"),
    ])
    func case24_aBodyThatTwoParsersCouldReadDifferentlyIsRefused(body: String, code: String, number: String) throws {
        #expect(
            try outcome { .message(body).bearing($0) } == .refused(400, code, body: number, whom: .alice))
    }

    @Test(arguments: [
        "https://evil.example", "null", "http://app.example", "https://app.example:443", "https://APP.example",
    ])
    func case25_aPageOfAnotherOriginIsTurnedAway(origin: String) throws {
        var policy = TestPolicy()
        policy.server = [#"origins: ["https://app.example"]"#]
        let stage = try Stage(policy)
        let call = try Call.modern().bearing(stage.token())
        #expect(try stage.outcome(of: call.with("Origin", origin)) == .refused(403, "origin_not_allowed"))
        #expect(
            try stage.outcome(of: call.with("Origin", "https://app.example").with("Origin", origin))
                == .refused(403, "origin_not_allowed"))
    }

    @Test func case25_anAllowedOriginMayReadTheAnswerAndTheServerNeverSeesIt() throws {
        var policy = TestPolicy()
        policy.server = [#"origins: ["https://app.example"]"#]
        let stage = try Stage(policy)
        let client = try stage.client()
        let call = Call.modern().with("Origin", "https://app.example")
        for (call, status) in [(call, 401), (call.bearing(try stage.token()), 200)] {
            let answer = try client.send(call)
            #expect(answer.status == status)
            #expect(answer.values("Access-Control-Allow-Origin") == ["https://app.example"])
            #expect(answer.values("Vary") == ["Origin"])
        }
        #expect(stage.server.requests.map { $0.values("Origin") } == [[]])
        #expect(stage.server.requests[0].values("Host") == ["127.0.0.1:3001"])
    }
}
