import NIOCore
import TestSupport
import Testing

/// What anybody may ask for, and in which order a client is made to speak.
@Suite struct PublicScenarios {
    private static let metadata = "/.well-known/oauth-protected-resource/mcp/orders"

    @Test(arguments: [metadata, "/.well-known/jwks.json"]) func documentsAreThereForEverybody(path: String) throws {
        let stage = try Stage()
        let client = try stage.client()
        let got = try client.send(.plain("GET", path).with("MCP-Protocol-Version", "2026-07-28"))
        #expect(got.status == 200 && got.values("Content-Type") == ["application/json"])
        #expect(got.values("Access-Control-Allow-Origin") == ["*"])
        #expect(got.values("Cache-Control") == ["public, max-age=300"])
        let head = try client.send(.plain("HEAD", path))
        #expect(head.status == 200 && head.body == "" && head.fields == got.fields)
        let preflight = try client.send(.plain("OPTIONS", path).with("Origin", "https://anything.example"))
        #expect(preflight.status == 204 && preflight.values("Access-Control-Allow-Methods") == ["GET, HEAD, OPTIONS"])
        let post = try client.send(.plain("POST", path).with("Content-Length", "0"))
        #expect(post.status == 405 && post.values("Allow") == ["GET, HEAD, OPTIONS"])
        #expect(stage.worker.counters.active == 0 && stage.audit.lines == [])
    }

    @Test(arguments: [
        "/register", "/authorize", "/token", "/.well-known/oauth-authorization-server", "/",
        "/mcp/orders/.well-known/oauth-protected-resource",
    ])
    func theGatewayIsNoAuthorizationServer(path: String) throws {
        let stage = try Stage()
        let answer = try stage.client().send(.plain("POST", path).with("Content-Length", "0").bearing(stage.token()))
        #expect(answer.status == 404 && answer.code == "path_not_served")
        #expect(answer.values("Content-Type") == ["application/problem+json"])
        #expect(stage.server.connections == 0)
    }

    @Test func aPageOfAnAllowedOriginGetsItsPreflight() throws {
        var policy = TestPolicy()
        policy.server = [#"origins: ["https://app.example"]"#]
        let stage = try Stage(policy)
        let call = Call.plain("OPTIONS").with("Origin", "https://app.example").with(
            "Access-Control-Request-Method", "POST"
        )
        .with("Access-Control-Request-Headers", "authorization, mcp-param-region, x-evil")
        let answer = try stage.client().send(call)
        #expect(answer.status == 204)
        #expect(answer.values("Access-Control-Allow-Origin") == ["https://app.example"])
        #expect(answer.values("Access-Control-Allow-Methods") == ["POST, GET, DELETE, OPTIONS"])
        let headers = try #require(answer.values("Access-Control-Allow-Headers").first)
        #expect(headers.hasPrefix("authorization, content-type,") && headers.hasSuffix(", mcp-param-region"))
        #expect(stage.server.connections == 0)
    }

    // MARK: - Who is heard

    @Test func aStrangerIsNotAskedForItsMessage() throws {
        let stage = try Stage()
        let client = try stage.client()
        var call = Call.modern().with("Expect", "100-continue")
        call.body = ""
        let answer = try client.send(call)
        #expect(answer.status == 401)
    }

    @Test func aKnownClientIsAskedForItsMessage() throws {
        let stage = try Stage()
        let client = try stage.client()
        let whole = try Call.modern().with("Expect", "100-continue").bearing(stage.token())
        var head = whole
        head.body = ""
        try client.send(bytes: head.bytes)
        #expect(try client.takeText() == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send(bytes: Array(whole.body.utf8))
        #expect(Answer(try client.take()).status == 200)
    }

    @Test func aMessageInPiecesIsOneMessage() throws {
        let stage = try Stage()
        let client = try stage.client()
        for byte in try Call.modern().bearing(stage.token()).bytes { try client.send(bytes: [byte]) }
        #expect(Answer(try client.take()).status == 200)
        #expect(stage.server.requests.map(\.body) == [Call.modern().body])
    }

    /// A request keeps the policy it began with; the next one has the new one.
    @Test func aNewPolicyIsForTheNextRequest() throws {
        let stage = try Stage()
        let (client, call) = (try stage.client(), try Call.modern().bearing(stage.token()))
        try client.send(bytes: Array(call.bytes.dropLast()))
        var stricter = TestPolicy()
        stricter.server = ["methods: [completion/complete]"]
        let old = stage.epoch.policy.digest
        try stage.install(stricter)
        try client.send(bytes: [call.bytes[call.bytes.count - 1]])
        _ = try client.take()
        _ = try client.send(call)
        let digests = stage.audit.written.map { $0.contains(old.string) }
        #expect(digests == [true, false])
        #expect(stage.worker.verifiedTokens == 1)
    }

    @Test func aServerThatANewPolicyAddsIsServed() throws {
        let stage = try Stage()
        var larger = TestPolicy()
        larger.servers = [
            #"notes: {path: /mcp/notes, upstream: "http://127.0.0.1:3002/mcp", issuers: [corp], scopes: [], tools: {list_orders: {require: []}}}"#
        ]
        try stage.install(larger)
        let token = try stage.token { $0.with("aud", "https://gw.example/mcp/notes") }
        #expect(try stage.client().send(.modern().at("/mcp/notes").bearing(token)).status == 200)
        #expect(stage.worker.counters.accepted["notes"] == 1 && stage.worker.counters.accepted["orders"] == 0)
    }
}
