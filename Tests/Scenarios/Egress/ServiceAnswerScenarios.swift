import NIOCore
import StrictCoding
import TestSupport
import Testing

/// What of a service's answer reaches the server that called.
@Suite struct ServiceAnswerScenarios {
    private func answer(
        _ reply: String, to method: String = "GET", path: String = "/orders/o-1", service: String = "orders_api",
        under policy: TestPolicy = TestPolicy()
    ) throws -> (Answer, CallOutcome) {
        let stage = try Stage(policy)
        let engagement = try stage.engage()
        stage.services.reply = reply
        let outcome = try stage.outcome(calling: .outbound(method, path, to: service).showing(engagement))
        return (stage.lastAnswer, outcome)
    }

    private static let date = "Date: Tue, 24 Nov 2026 00:00:00 GMT"

    @Test func anAnswerPassesWithItsFieldsAndItsContent() throws {
        let (answer, _) = try answer(
            "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nETag: \"1\"\r\nCache-Control: private\r\n"
                + "Link: </orders?page=2>; rel=next\r\nX-RateLimit-Left: 9\r\nContent-Length: 2\r\n\r\n{}")
        #expect(answer.status == 201 && answer.body == "{}")
        #expect(
            answer.fields == [
                "Content-Type: application/json", "ETag: \"1\"", "Cache-Control: private",
                "Link: </orders?page=2>; rel=next", "X-RateLimit-Left: 9", "Content-Length: 2", Self.date,
            ])
    }

    @Test(arguments: [
        "Set-Cookie: s=1", "WWW-Authenticate: Bearer realm=x", "Alt-Svc: h3=\":443\"", "Proxy-Authenticate: Basic",
        "X-Actor-Sub: eve", "X_Agent_Id: eve", "X-Delegation-Mode: on_behalf_of", "Txn-Token: e", "Eie-Txn: 1",
        "Connection: x-mine\r\nX-Mine: 1", "Keep-Alive: timeout=5", "Upgrade: h2c", "Access-Control-Allow-Origin: *",
        "Refresh: 0;url=http://evil.example/", "Content-Location: http://127.0.0.1:9101/v1/x", "Clear-Site-Data: \"*\"",
        "Authentication-Info: x", "DPoP-Nonce: n", "X-Accel-Redirect: /etc/passwd", "X-Echo: token-for-alice-1",
        "X-Echo: {\"t\":\"Bearer token-for-alice-1\"}", "Location: http://evil.example/",
    ])
    func whatSpeaksOfIdentityOrOfOtherPlacesIsLeftBehind(lines: String) throws {
        let (answer, _) = try answer("HTTP/1.1 200 OK\r\n\(lines)\r\nContent-Length: 2\r\n\r\n{}")
        #expect(answer.status == 200 && answer.fields == ["Content-Length: 2", Self.date])
    }

    /// A service of the house sees an envelope, which is for nobody else.
    @Test(arguments: [false, true]) func aServicesEnvelopeDoesNotComeBack(isTail: Bool) throws {
        let stage = try Stage(.calling(.books))
        stage.services.reply = nil
        let caller = try stage.caller()
        try caller.send(bytes: Call.outbound(to: "books").showing(stage.engage()).bytes)
        let envelope = String(decoding: try #require(stage.services.requests.first).envelope, as: UTF8.self)
        let shown = isTail ? String(envelope.suffix(40)) : envelope
        try stage.services.send("HTTP/1.1 200 OK\r\nX-Echo: <\(shown)>\r\nContent-Length: 0\r\n\r\n")
        let answer = try Answer(caller.take())
        #expect(answer.status == 200 && answer.values("X-Echo") == [])
    }

    @Test func anEnvelopesFieldDoesNotComeBackWhateverItIsCalled() throws {
        var policy = TestPolicy()
        policy.gateway = ["envelope: {header: X-Identity}"]
        let stage = try Stage(policy)
        stage.server.reply = nil
        let client = try stage.client()
        try client.send(bytes: Call.modern().bearing(stage.token()).bytes)
        let envelope = try #require(stage.server.requests[0].values("X-Identity").first)
        stage.services.reply = "HTTP/1.1 200 OK\r\nX_Identity: e\r\nX-Identities: e\r\nContent-Length: 0\r\n\r\n"
        let answer = try stage.caller().send(.outbound().with("X-Identity", envelope))
        #expect(answer.fields == ["X-Identities: e", "Content-Length: 0", Self.date])
        #expect(stage.services.requests[0].values("X-Identity") == [])
    }

    // MARK: - Framing

    @Test(arguments: [
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n", ["Date"], ""),
        ("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nContent-Length: 99\r\n\r\n", ["ETag", "Date"], ""),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", ["Content-Length: 1234", "Date"], ""),
        ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ["Date"], ""),
        ("HEAD", "HTTP/1.1 404 Not Found\r\n\r\n", ["Date"], ""),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ["Content-Length: 0", "Date"], ""),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\nX-Actor-Sub: eve\r\n\r\n",
            ["Transfer-Encoding: chunked", "Date"], "3\r\nabc\r\n0\r\n\r\n"
        ),
        (
            "GET", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            ["Content-Length: 1", "Date"], "a"
        ),
    ])
    func anAnswerIsFramedAnew(method: String, reply: String, fields: [String], body: String) throws {
        let (answer, outcome) = try answer(reply, to: method, service: "weather", under: .calling(.weather))
        let shown = answer.fields.map {
            $0.hasPrefix("Content-Length") || $0.hasPrefix("Transfer") ? $0 : String($0.prefix { $0 != ":" })
        }
        #expect(shown == fields)
        let content = answer.body.replacing("1\r\na\r\n2\r\nbc\r\n", with: "3\r\nabc\r\n")
        #expect(content == body)
        #expect(outcome.counted == ["orders weather answered service_identity +1"])
    }

    @Test func aLargeAnswerGoesThrough() throws {
        let body = String(repeating: "0123456789abcdef", count: 1 << 16)
        let (answer, outcome) = try answer(ScriptedServer.json(body))
        #expect(answer.body == body && outcome == .answered())
    }

    @Test func anAnswerThatLastsUntilTheEndIsPassedOnInChunks() throws {
        let stage = try Stage()
        stage.services.reply = "HTTP/1.1 200 OK\r\n\r\nabc"
        let engagement = try stage.engage()
        var parts: [String] = []
        let outcome = try stage.outcome(calling: .outbound().showing(engagement)) {
            parts.append(try $0.takeText())
            stage.services.close()
            parts.append(try $0.takeText())
        }
        #expect(parts[0].hasSuffix("\r\n\r\n3\r\nabc\r\n") && parts[1] == "0\r\n\r\n")
        #expect(outcome.audit == ["intent alice agent_456 on_behalf_of", "result 200 alice agent_456 on_behalf_of"])
    }

    @Test func aStreamPassesByteByByteAndNoFasterThanItIsRead() throws {
        let stage = try Stage()
        stage.services.reply = ScriptedServer.eventStream
        let caller = try stage.caller()
        try caller.send(bytes: Call.outbound().showing(stage.engage()).bytes)
        #expect(Answer(try caller.take()).fields.first == "Content-Type: text/event-stream")
        try stage.services.send(ScriptedServer.chunk("data: 1\n\n"))
        #expect(try caller.takeText() == ScriptedServer.chunk("data: 1\n\n"))
        caller.setWritable(false)
        try stage.services.send(ScriptedServer.chunk("data: 2\n\n"))
        stage.pass(.seconds(20))
        #expect(try caller.takeText() == "")
        caller.setWritable(true)
        #expect(try caller.takeText() == ScriptedServer.chunk("data: 2\n\n"))
        try stage.services.send("0\r\n\r\n")
        #expect(try caller.takeText() == "0\r\n\r\n")
        #expect(stage.worker.egress.active == 0)
    }

    @Test func anAnswerThatBreaksOffIsNotTakenForAWholeOne() throws {
        let stage = try Stage()
        stage.services.reply = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
        let engagement = try stage.engage()
        let outcome = try stage.outcome(calling: .outbound().showing(engagement)) { caller in
            stage.services.close()
            stage.settle()
            #expect(!caller.isOpen)
        }
        #expect(outcome.audit.last == "result downstream_closed 200 alice agent_456 on_behalf_of")
        #expect(outcome.counted == ["orders orders_api downstream_closed +1"])
    }

    // MARK: - Redirects

    private func redirect(_ status: Int, to location: String) throws -> Answer {
        try answer(
            "HTTP/1.1 \(status) X\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n", path: "/a", service: "books",
            under: .calling(.books)
        ).0
    }

    /// The caller's client follows it, and ends up at the gateway again.
    @Test(arguments: [
        ("/api/b", "/b"), ("http://127.0.0.1:9103/api/b?x=1", "/b?x=1"), ("/api", ""), ("/api/", "/"),
        ("/api/b#frag", "/b"), ("/api/%7eb", "/~b"),
    ])
    func aRedirectWithinTheServiceLeadsThroughTheGateway(location: String, path: String) throws {
        for status in [301, 302, 303, 307, 308] {
            let answer = try redirect(status, to: location)
            #expect(answer.status == status)
            #expect(answer.values("Location") == ["/\(ScriptedEgress.secret(of: "orders"))/books\(path)"])
        }
    }

    @Test(arguments: [
        "http://evil.example/api/b", "//evil.example/api", "https://127.0.0.1:9103/api/b", "http://127.0.0.1:91033/api",
        "http://127.0.0.1:9103@evil.example/api", "http://127.0.0.1:9103.evil.example/api", "/apix", "/", "/api/../b",
        "/api/%2e%2e/b", "/api//b", "/api/..;/b", "\\\\evil.example", "/\\evil.example", "b", "?x", "http:b",
        "javascript:1",
        "http://127.0.0.1:9101/v1/orders/o-1",
    ])
    func aRedirectThatLeavesTheServiceIsRefused(location: String) throws {
        let answer = try redirect(302, to: location)
        #expect(answer.status == 502 && answer.code == "downstream_redirected" && answer.values("Location") == [])
    }

    @Test func aRedirectIsNotFollowed() throws {
        let stage = try Stage()
        stage.services.reply = "HTTP/1.1 307 X\r\nLocation: /v1/orders/o-2\r\nContent-Length: 0\r\n\r\n"
        #expect(try stage.outcome(calling: .outbound().showing(stage.engage())).status == 307)
        #expect(stage.services.requests.count == 1)
    }

    // MARK: - Credentials that are not accepted

    @Test func aCallThatOnlyReadsIsMadeOnceMoreWithAFreshToken() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        stage.services.firstReplies = [DownstreamStories.unauthorized]
        var expected = CallOutcome.answered(asked: 2)
        expected.counted.append("retries +1")
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == expected)
        #expect(stage.services.requests.map(\.bearer) == ["token-for-alice-1", "token-for-alice-2"])
        #expect(stage.egress.forgotten == 1 && stage.egress.table.counts.open == 1)
        // The next call has the one that was accepted.
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == .answered(asked: 0))
        #expect(stage.services.requests.last?.bearer == "token-for-alice-2")
    }

    @Test func aCallThatChangesSomethingIsMadeOnceAndItsTokenForgotten() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        stage.services.firstReplies = [DownstreamStories.unauthorized]
        let call = Call.outbound("POST", "/orders/o-1").carrying("{}").showing(engagement)
        #expect(try stage.outcome(calling: call) == .failed(502, "credential_rejected"))
        #expect(stage.services.requests.count == 1 && stage.egress.forgotten == 1)
        #expect(try stage.outcome(calling: call) == .answered())
        #expect(stage.services.requests.last?.bearer == "token-for-alice-2")
    }

    @Test func aGETWithABodyIsNotRepeated() throws {
        let stage = try Stage()
        stage.services.reply = DownstreamStories.unauthorized
        let call = try Call.outbound().carrying("{}").showing(stage.engage())
        #expect(try stage.outcome(calling: call) == .failed(502, "credential_rejected"))
    }

    @Test func theSecondTryFindsNoTokenAndTheCallFails() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        stage.services.reply = DownstreamStories.unauthorized
        _ = try stage.outcome(calling: .outbound().showing(engagement))
        stage.egress.issue = .fails(.subjectRejected)
        let outcome = try stage.outcome(calling: .outbound().showing(engagement))
        #expect(outcome == .failed(403, "subject_rejected", served: false))
    }

    @Test(arguments: [403, 400, 404, 429, 500, 503]) func otherFailuresAreTheServersOwnBusiness(status: Int) throws {
        let (answer, outcome) = try answer("HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\nno")
        #expect(answer.status == status && answer.body == "no" && outcome == .answered(status))
    }
}
