import TestSupport
import Testing

/// Threat cases 26 and 27: sessions of somebody else, and servers that answer too much.
@Suite struct SessionCases {
    /// Alice opens a session; the server calls it `s1`.
    private func opened() throws -> (stage: Stage, session: String) {
        var policy = TestPolicy()
        policy.servers = [
            "billing: {path: /mcp/billing, upstream: \"http://127.0.0.1:3002/mcp\", issuers: [corp], scopes: [orders:read], tools: {list_orders: {require: [orders:read]}}}"
        ]
        policy.issuerLines = [#"audiences: ["\#(TestPolicy.resource)"]"#]
        let stage = try Stage(policy)
        stage.server.reply = ScriptedServer.json("{}", fields: "Mcp-Session-Id: s1\r\n")
        let answer = try stage.client().send(.legacy().bearing(stage.token()))
        stage.server.reply = ScriptedServer.json("{}")
        return (stage, try #require(answer.session))
    }

    @Test func case26_aSessionOpensForWhoeverReceivedIt() throws {
        let (stage, session) = try opened()
        #expect(session != "s1")
        // The next token of the same user is the same user.
        let later = try stage.token { $0.with("jti", "t-2") }
        #expect(try stage.outcome(of: .legacy().bearing(later).with("Mcp-Session-Id", session)) == .accepted())
        #expect(stage.server.requests.last?.values("Mcp-Session-Id") == ["s1"])
    }

    @Test func case26_aSessionOpensForNobodyElse() throws {
        let (stage, session) = try opened()
        let others: [(Claims) -> Claims] = [
            { $0.with("sub", "bob") }, { $0.with("client_id", "other-app") }, { $0.with("sub", "alice\u{301}") },
        ]
        for change in others {
            let outcome = try stage.outcome(of: .legacy().bearing(stage.token(change)).with("Mcp-Session-Id", session))
            #expect(outcome.status == 404 && outcome.code == "session_unknown" && !outcome.reached)
        }
        let elsewhere = try Call.legacy().at("/mcp/billing").bearing(stage.token()).with("Mcp-Session-Id", session)
        #expect(try stage.outcome(of: elsewhere).code == "session_unknown")
    }

    @Test func case26_aSessionThatTheGatewayDidNotSealIsUnknown() throws {
        let (stage, session) = try opened()
        let planted = [
            "s1", "guessed", String(session.dropLast()), session + "A", String(session.reversed()), "", "=",
            session + "," + session,
        ]
        for id in planted {
            let outcome = try stage.outcome(of: .legacy().bearing(stage.token()).with("Mcp-Session-Id", id))
            #expect(outcome == .refused(404, "session_unknown", whom: .alice), "\(id)")
        }
        let twice = try Call.legacy().bearing(stage.token()).with("Mcp-Session-Id", session).with(
            "Mcp-Session-Id", session)
        #expect(try stage.outcome(of: twice) == .refused(404, "session_unknown", whom: .alice))
    }

    @Test(arguments: ["GET", "DELETE"]) func case26_streamsAndEndsOfSessionsAreBoundAlike(method: String) throws {
        let (stage, session) = try opened()
        let call = Call.plain(method).with("Mcp-Session-Id", session)
        #expect(try stage.outcome(of: call.bearing(stage.token())) == .accepted())
        let bob = try stage.outcome(of: call.bearing(stage.token { $0.with("sub", "bob") }))
        #expect(bob.status == 404 && !bob.reached)
    }

    @Test func case26_modernRequestsHaveNoSession() throws {
        let (stage, session) = try opened()
        stage.server.reply = ScriptedServer.json("{}", fields: "Mcp-Session-Id: s2\r\n")
        let client = try stage.client()
        for id in [session, "planted"] {
            let answer = try client.send(
                .modern().bearing(stage.token()).with("Mcp-Session-Id", id).with("Last-Event-ID", "7"))
            #expect(answer.status == 200 && answer.session == nil)
            #expect(stage.server.requests.last?.values("Mcp-Session-Id") == [])
            #expect(stage.server.requests.last?.values("Last-Event-ID") == [])
        }
    }

    @Test func case26_anEventIDIsWorthSomethingWithinABoundSessionOnly() throws {
        let (stage, session) = try opened()
        let call = try Call.plain("GET").bearing(stage.token()).with("Last-Event-ID", "7")
        _ = try stage.outcome(of: call)
        #expect(stage.server.requests.last?.values("Last-Event-ID") == [])
        _ = try stage.outcome(of: call.with("Mcp-Session-Id", session))
        #expect(stage.server.requests.last?.values("Last-Event-ID") == ["7"])
    }

    // MARK: - Case 27

    @Test func case27_onlyAnAllowListOfAnAnswerIsPassedOn() throws {
        let stage = try Stage()
        stage.server.reply = ScriptedServer.json(
            "{}",
            fields: """
                X-Actor-Sub: alice\r\nTxn-Token: e30.e30.AA\r\nSet-Cookie: a=b\r\nServer: uvicorn\r\nX-Powered-By: x\r
                Access-Control-Allow-Origin: *\r\nWWW-Authenticate: Bearer\r\nDPoP-Nonce: x\r\nLocation: http://127.0.0.1:3001/\r
                Retry-After: 3\r\nCache-Control: private\r\nMcp-Protocol-Version: 2026-07-28\r\nAlt-Svc: h3\r\n
                """)
        let answer = try stage.client().send(.modern().bearing(stage.token()))
        #expect(answer.status == 200)
        #expect(
            answer.fields.sorted() == [
                "Cache-Control: private", "Content-Length: 2", "Content-Type: application/json",
                "Date: Tue, 24 Nov 2026 00:00:00 GMT",
                "Mcp-Protocol-Version: 2026-07-28", "Retry-After: 3",
            ])
    }

    @Test(arguments: [
        (
            "401 Unauthorized", "WWW-Authenticate: Bearer resource_metadata=\"https://evil.example\"",
            "upstream_wants_credential"
        ),
        (
            "403 Forbidden", "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"admin\"",
            "upstream_wants_credential"
        ),
        ("302 Found", "Location: https://evil.example/", "upstream_redirected"),
        ("307 Temporary Redirect", "Location: http://127.0.0.1:3001/mcp/", "upstream_redirected"),
    ])
    func case27_anAnswerThatWouldLeadTheClientAwayIsWithheld(status: String, field: String, code: String) throws {
        let stage = try Stage()
        stage.server.reply = ScriptedServer.json("{}", status: status, fields: field + "\r\n")
        let answer = try stage.client().send(.modern().bearing(stage.token()))
        #expect(answer.status == 502 && answer.code == code)
        #expect(answer.challenge == nil && answer.values("Location") == [])
        #expect(!answer.body.contains("evil") && !answer.body.contains("3001"))
    }

    @Test(arguments: [
        ("400 Bad Request", 400), ("404 Not Found", 404), ("405 Method Not Allowed", 405), ("202 Accepted", 202),
        ("500 Oh", 500),
    ])
    func case27_otherAnswersKeepTheirStatusAndBody(status: String, expected: Int) throws {
        let stage = try Stage()
        let body = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"unknown"}}"#
        stage.server.reply = ScriptedServer.json(body, status: status)
        let answer = try stage.client().send(.modern().bearing(stage.token()))
        #expect(answer.status == expected && answer.body == body)
    }
}
