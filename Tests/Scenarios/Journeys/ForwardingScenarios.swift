import Identity
import StrictCoding
import TestSupport
import Testing

/// What reaches the MCP server of a request that the policy allows.
@Suite struct ForwardingScenarios {
    @Test func theServerReceivesTheMessageAndWhoSentIt() throws {
        let stage = try Stage()
        let call = try Call.modern().bearing(stage.token()).with("traceparent", Self.traceparent).with(
            "User-Agent", "sdk/1")
        #expect(try stage.outcome(of: call) == .accepted())

        let request = try #require(stage.server.requests.first)
        #expect(request.line == "POST /mcp HTTP/1.1")
        #expect(request.body == call.body)
        #expect(
            request.fields.filter { !$0.hasPrefix("Txn-Token") } == [
                "Host: 127.0.0.1:3001",
                "Content-Type: application/json",
                "Accept: application/json, text/event-stream",
                "MCP-Protocol-Version: 2026-07-28",
                "Mcp-Method: tools/call",
                "Mcp-Name: list_orders",
                "User-Agent: sdk/1",
                "Via: 1.1 bulla",
                "X-Forwarded-Host: gw.example",
                "X-Forwarded-Proto: https",
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-0101010101010101-01",
                "X-Actor-Sub: alice",
                "X-Actor-Tenant: acme",
                "X-Agent-Id: agent_456",
                "X-Delegation-Mode: on_behalf_of",
                "X-Trace-Id: 0af7651916cd43dd8448eb211c80319c",
                "Content-Length: \(call.body.utf8.count)",
            ])
    }

    @Test func theEnvelopeSaysWhatTheTokenThePolicyAndTheMessageSay() throws {
        let stage = try Stage()
        _ = try stage.outcome(of: .modern().bearing(stage.token()).with("traceparent", Self.traceparent))
        let claims = try stage.claims(in: try #require(stage.server.requests.first))
        let now = UnixTime(seconds: TestPolicy.now)
        let identifiers = ULID.make(milliseconds: TestPolicy.now * 1_000, random: [UInt8](repeating: 1, count: 10))
        #expect(
            claims
                == EnvelopeClaims(
                    issuer: "https://gw.example", audience: "https://gw.example/.eie/orders", issuedAt: now,
                    expiresAt: now + 300,
                    tokenID: identifiers, transactionID: identifiers, workload: "https://gw.example/ingress",
                    principal: Principal(
                        issuer: "http://127.0.0.1:9000", tenant: "acme", subject: "alice", kind: .user,
                        clientID: "webapp",
                        agentID: "agent_456"),
                    actors: ActorChain([.init(subject: "agent_456", issuer: "https://gw.example")]),
                    scopes: ["orders:read", "orders:write"], confidence: .verified, sessionID: claims.sessionID,
                    traceID: "0af7651916cd43dd8448eb211c80319c",
                    delegation: Delegation([
                        .init(service: "geocoder", mode: .serviceIdentity),
                        .init(service: "orders_api", mode: .onBehalfOf),
                    ]),
                    request: RequestContext(method: "tools/call", name: "list_orders")))
        #expect(claims.sessionID.count == 16)
    }

    static let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test func theTraceOfTheMessageWinsAndBothCarryOurSpan() throws {
        let stage = try Stage()
        let inside = "00-11111111111111111111111111111111-2222222222222222-00"
        let call = try Call.modern(meta: [("traceparent", .string(inside)), ("tracestate", "a=1,eie=x")])
            .bearing(stage.token()).with("traceparent", Self.traceparent)
        _ = try stage.outcome(of: call)
        let request = try #require(stage.server.requests.first)
        let ours = "00-11111111111111111111111111111111-0101010101010101-00"
        #expect(request.values("traceparent") == [ours])
        #expect(request.body.contains(#""traceparent":"\#(ours)""#))
        #expect(request.body.contains(#""tracestate":"a=1""#))
    }

    @Test func anInvalidTraceBeginsANewOne() throws {
        let stage = try Stage()
        _ = try stage.outcome(of: .modern().bearing(stage.token()).with("traceparent", "00-0-0-0"))
        let request = try #require(stage.server.requests.first)
        #expect(request.values("traceparent") == ["00-01010101010101010101010101010101-0101010101010101-02"])
        #expect(request.values("X-Trace-Id") == ["01010101010101010101010101010101"])
    }

    @Test func identityDoesNotTravelInBaggage() throws {
        let stage = try Stage()
        let call = try Call.modern().bearing(stage.token())
            .with("baggage", "enduser.id=eve,region=eu,user.id=eve,eie.txn=1").with("tracestate", "eie=x,vendor=1")
        _ = try stage.outcome(of: call)
        let request = try #require(stage.server.requests.first)
        #expect(request.values("baggage") == ["region=eu"])
        #expect(request.values("tracestate") == ["vendor=1"])
    }

    @Test func unknownParameterFieldsAreForwardedUnread() throws {
        let stage = try Stage()
        _ = try stage.outcome(
            of: .modern().bearing(stage.token()).with("Mcp-Param-Region", "eu").with("X-Api-Key", "k"))
        let request = try #require(stage.server.requests.first)
        #expect(request.values("Mcp-Param-Region") == ["eu"])
        #expect(request.values("X-Api-Key") == [])
    }

    @Test(arguments: [("full", ["alice"]), ("none", []), ("pseudonymous", ["p-"])])
    func auditHeadersTellAsMuchAsThePolicySays(form: String, subjects: [String]) throws {
        var policy = TestPolicy()
        policy.server = ["audit_headers: \(form)"]
        let stage = try Stage(policy)
        _ = try stage.outcome(of: .modern().bearing(stage.token()))
        let values = stage.server.requests[0].values("X-Actor-Sub")
        #expect(values.map { $0.hasPrefix("p-") ? "p-" : $0 } == subjects)
        #expect(stage.server.requests[0].values("Txn-Token").count == 1)
    }

    @Test func anEnvelopeDiesWithItsToken() throws {
        let stage = try Stage()
        _ = try stage.outcome(of: .modern().bearing(stage.token { $0.with("exp", .integer(TestPolicy.now + 60)) }))
        #expect(try stage.claims(in: stage.server.requests[0]).expiresAt == UnixTime(seconds: TestPolicy.now + 60))
    }

    /// A query is an argument that no rule sees: `?user_id=bob`.
    @Test func methodsArePassedOnAndQueriesAreNot() throws {
        let stage = try Stage()
        _ = try stage.outcome(of: Call.plain("GET", "/mcp/orders?x=%41&y").bearing(stage.token()))
        _ = try stage.outcome(of: Call.plain("DELETE").bearing(stage.token()))
        #expect(stage.server.requests.map(\.line) == ["GET /mcp HTTP/1.1", "DELETE /mcp HTTP/1.1"])
        #expect(stage.server.requests.map { $0.values("Txn-Token").count } == [1, 1])
        #expect(stage.server.requests.map { $0.values("Content-Type") } == [[], []])
    }

    /// A kept connection that dies with a request may have taken it: only what merely reads is sent again. A tool may
    /// have done its work, and there is one record of it.
    @Test(arguments: [
        (Call.legacy(), 2), (Call.message(#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#), 3),
    ])
    func aToolCallIsNeverSentTwice(call: Call, requests: Int) throws {
        let stage = try Stage()
        let client = try stage.client()
        try client.send(bytes: Call.legacy().bearing(stage.token()).bytes)
        #expect(stage.server.requests.count == 1 && stage.server.openConnections == 1)
        stage.server.reply = nil
        try client.send(bytes: call.bearing(stage.token()).bytes)
        stage.server.close()
        stage.settle()
        #expect(stage.server.requests.count == requests)
    }

    @Test func requestsOfOneConnectionAreSeparateDecisions() throws {
        let stage = try Stage()
        let client = try stage.client()
        let bob = try stage.token { $0.with("sub", "bob") }
        #expect(try client.send(.modern().bearing(stage.token())).status == 200)
        #expect(try client.send(.modern()).status == 401)
        #expect(try client.send(.modern().bearing(bob)).status == 200)
        #expect(try stage.server.requests.map { try stage.claims(in: $0).principal.subject } == ["alice", "bob"])
        #expect(stage.worker.counters.active == 0)
    }
}
