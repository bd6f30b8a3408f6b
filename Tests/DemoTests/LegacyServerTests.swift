import Demo
import HTTPCodec
import HTTPWire
import StrictCoding
import Testing

@Suite struct LegacyServerTests {
    private let world = TestWorld()
    private let service: Service

    init() {
        service = DemoLegacyServer(effects: world.effects).service
    }

    @Test(arguments: [
        ("2025-06-18", "2025-06-18"), ("2025-03-26", "2025-03-26"), ("2026-07-28", "2025-06-18"), ("", "2025-06-18"),
    ])
    func initializeNegotiatesTheRevisionAndOpensASession(wanted: String, agreed: String) async throws {
        let response = await post(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"\#(wanted)","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
        )
        #expect(response.status == 200)
        #expect(response.json?["result"]?["protocolVersion"]?.text == ByteString(agreed))
        #expect(response.json?["result"]?["serverInfo"]?["name"]?.text == "legacy-orders")
        #expect(response.field("Mcp-Session-Id")?.count == 32)
    }

    @Test func aSessionWorksUntilItIsDeleted() async throws {
        let session = try await openSession()
        #expect(await post(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, session).status == 202)
        #expect(
            await post(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, session).text
                == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        let tools = await post(#"{"jsonrpc":"2.0","id":"x","method":"tools/list"}"#, session)
        #expect(tools.json?["id"]?.text == "x")
        #expect(
            tools.json?["result"]?["tools"]?.elements?.compactMap { $0["name"]?.text } == [
                "get_order_status", "get_balance", "cancel_order", "slow_report",
            ])
        #expect(await send(.delete, session).status == 204)
        #expect(await post(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, session).status == 404)
        #expect(await send(.delete, session).status == 404)
        #expect(await send(.get, session).status == 404)
    }

    @Test func anIdleSessionEnds() async throws {
        let session = try await openSession()
        world.advance(3599)
        #expect(await post(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, session).status == 200)
        world.advance(3600)
        #expect(await post(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, session).status == 404)
    }

    @Test(
        arguments: [
            (Method.post, #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, nil, 400),
            (.post, #"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#, nil, 400),
            (.post, #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, nil, 400),
            (.post, #"{"jsonrpc":"2.0","id":1,"result":{}}"#, nil, 400),
            (.post, #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, "unknown", 404),
            (
                .post,
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_balance","arguments":{"user_id":"bob"}}}"#,
                "unknown", 404
            ),
            (
                .post,
                #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_balance","arguments":{"user_id":"bob"}}}"#,
                nil, 200
            ),
            (.post, #"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#, "unknown", 400),
            (.get, "", nil, 400),
            (.get, "", "unknown", 404),
            (.delete, "", nil, 400),
            (.delete, "", "unknown", 404),
            (.put, "", nil, 405),
            (.post, "", nil, 400),
            (.post, "{", nil, 400),
            (.post, "[]", nil, 400),
            (.post, #"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, nil, 400),
            (.post, #"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, nil, 400),
            (.post, #"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, nil, 400),
            (.post, #"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, nil, 400),
            (.post, #"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#, nil, 400),
        ] as [(Method, String, String?, Int)])
    func sessionsAndMessagesAreCheckedBeforeAnythingRuns(method: Method, body: String, session: String?, status: Int)
        async
    {
        #expect(await send(method, session, body: body).status == status)
    }

    @Test(
        arguments: [
            ("/other", [], 404),
            ("/mcp", [("MCP-Protocol-Version", "2026-07-28")], 400),
            ("/mcp", [("MCP-Protocol-Version", "2025-06-18")], 200),
            ("/mcp", [("Origin", "https://evil.example")], 403),
            ("/mcp", [("Origin", "null")], 403),
            ("/mcp", [("Origin", "http://localhost:5173")], 200),
            ("/mcp", [("Origin", "http://localhost.evil.example")], 403),
        ] as [(String, [(String, String)], Int)])
    func pathRevisionAndOriginAreChecked(path: String, fields: [(String, String)], status: Int) async {
        let request = Call.request(
            .post, path, fields: [("Content-Type", "application/json; charset=utf-8")] + fields,
            body: call("get_balance", "alice"))
        #expect(await service(request).status == status)
    }

    @Test func onlyNamesOfThisMachineReachTheServer() async throws {
        var fields = FieldBlock()
        try fields.append("Host", Array("rebound.example".utf8))
        #expect(await service(ServiceRequest(method: .get, path: "/mcp", fields: fields)).status == 421)
    }

    @Test func onlyJSONIsRead() async {
        #expect(await service(Call.request(.post, "/mcp", body: call("get_balance", "alice"))).status == 415)
    }

    @Test(
        arguments: [
            (
                "get_order_status", "alice", "A-1001",
                #"{"user_id":"alice","order_id":"A-1001","item":"clay tablet, blank","status":"shipped"}"#, false
            ),
            ("get_order_status", "bob", "A-1001", "this user has no such order", true),
            ("get_order_status", "eve", "A-1001", "there is no such user", true),
            ("get_balance", "bob", nil, #"{"user_id":"bob","balance_cents":8715,"currency":"EUR"}"#, false),
            (
                "cancel_order", "bob", "B-2002",
                #"{"user_id":"bob","order_id":"B-2002","item":"sesame oil, jar","status":"cancelled"}"#, false
            ),
            ("cancel_order", "bob", "B-2001", "the order is delivered, so it cannot be cancelled", true),
            (
                "slow_report", "alice", nil, #"{"user_id":"alice","orders":3,"open_orders":1,"balance_cents":125040}"#,
                false
            ),
        ] as [(String, String, String?, String, Bool)])
    func toolsAnswerForWhomeverTheArgumentNames(tool: String, user: String, order: String?, text: String, isError: Bool)
        async
    {
        let result = await post(call(tool, user, order)).json?["result"]
        #expect(result?["content"]?.elements?.first?["text"]?.text == ByteString(text))
        #expect(result?["isError"]?.bool == isError)
        #expect((result?["structuredContent"] != nil) == !isError)
    }

    @Test func aCancelledOrderStaysCancelled() async {
        _ = await post(call("cancel_order", "alice", "A-1002"))
        let again = await post(call("cancel_order", "alice", "A-1002"))
        #expect(again.text.contains("the order is cancelled"))
    }

    @Test(arguments: [
        (#"{"name":"nothing","arguments":{}}"#, -32602),
        (#"{"name":"get_balance"}"#, -32602),
        (#"{"name":"get_balance","arguments":{}}"#, -32602),
        (#"{"name":"get_balance","arguments":{"user_id":7}}"#, -32602),
        (#"{"name":"get_balance","arguments":{"user_id":"bob","as":"alice"}}"#, -32602),
        (#"{"arguments":{}}"#, -32602),
    ])
    func aCallThatDoesNotFitItsToolIsAnError(params: String, code: Int) async {
        let response = await post(#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":\#(params)}"#)
        #expect(response.status == 200)
        #expect(response.json?["error"]?["code"]?.integer == Int64(code))
        #expect(response.json?["id"]?.integer == 7)
    }

    @Test func anUnknownMethodIsAnError() async throws {
        let response = await post(#"{"jsonrpc":"2.0","id":7,"method":"resources/list"}"#, try await openSession())
        #expect(response.json?["error"]?["code"]?.integer == -32601)
    }

    @Test func aSlowReportTellsItsProgressWhenAsked() async {
        let response = await post(
            #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"slow_report","arguments":{"user_id":"bob"},"_meta":{"progressToken":"p-1"}}}"#
        )
        #expect(response.field("Content-Type") == "text/event-stream")
        let events = await response.pieces(limit: 100)
        #expect(events.count == 6)
        #expect(
            events.first == """
                event: message
                data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p-1","progress":1,"total":5,"message":"step 1 of 5"}}


                """)
        #expect(events.last?.contains(#""id":7,"result":"#) == true)
        #expect(world.waitedMilliseconds == 2400)
    }

    @Test func listeningIsKeptAliveUntilTheSessionEnds() async throws {
        let session = try await openSession()
        let response = await send(.get, session)
        #expect(response.field("Content-Type") == "text/event-stream")
        guard case .stream(let stream) = response.content else { return }
        var chunks = stream.makeAsyncIterator()
        #expect(await chunks.next() == Array(": open\n\n".utf8))
        #expect(await chunks.next() == Array(": still here\n\n".utf8))
        #expect(world.waitedMilliseconds == 15_000)
        _ = await send(.delete, session)
        #expect(await chunks.next() == nil)
    }

    // MARK: -

    private func call(_ tool: String, _ user: String, _ order: String? = nil) -> String {
        let order = order.map { #","order_id":"\#($0)""# } ?? ""
        return
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(tool)","arguments":{"user_id":"\#(user)"\#(order)}}}"#
    }

    private func openSession() async throws -> String {
        try #require(await post(#"{"jsonrpc":"2.0","id":0,"method":"initialize"}"#).field("Mcp-Session-Id"))
    }

    private func post(_ body: String, _ session: String? = nil) async -> ServiceResponse {
        await send(.post, session, body: body)
    }

    private func send(_ method: Method, _ session: String?, body: String = "") async -> ServiceResponse {
        let fields = [("Content-Type", "application/json")] + (session.map { [("Mcp-Session-Id", $0)] } ?? [])
        return await service(Call.request(method, "/mcp", fields: fields, body: body))
    }
}
