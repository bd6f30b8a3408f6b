import Delegation
import StrictCoding
import TestSupport
import Testing

/// What must never happen, whatever servers, services and authorization servers do (envelope, section 3.8).
@Suite struct NeverCases {
    /// Everything that a server may try with what it has.
    private static func attempts(_ engagement: Engagement) -> [Call] {
        let (envelope, handle, token) = (engagement.envelope, engagement.handle, engagement.token)
        let secret = ScriptedEgress.secret(of: "orders")
        let places: [(String) -> Call] = [
            { .outbound("GET", "/orders/o-1?t=\($0)") }, { .outbound("GET", "/orders/\($0)") },
            { .outbound().with("X-Mine", $0) }, { .outbound().with("Cookie", "t=\($0)") },
            { .outbound().with("Referer", "http://127.0.0.1:9080/\($0)/") }, { .outbound().with("X-Actor-Sub", $0) },
            { .outbound().with("Authorization", "Bearer \($0)") }, { .outbound().with("txn_token", $0) },
            { .outbound().with("traceparent", $0).with("tracestate", "a=\($0)") }, { .outbound().with("Host", $0) },
            { .outbound().with("Proxy-Authorization", $0).with("X-Forwarded-For", $0).with("Via", $0) },
        ]
        let plain = [Call.outbound(), .outbound(to: "geocoder"), .outbound(to: "books"), .outbound(to: "weather")]
        let stuffed = [envelope, handle, secret, token].flatMap { secret in places.map { $0(secret) } }
        return (plain + stuffed).flatMap { [$0, $0.showing(engagement), $0.bearing(handle)] }
    }

    private static let replies = [
        ScriptedServer.json("{}"), DownstreamStories.unauthorized,
        "HTTP/1.1 302 X\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 X\r\nLocation: /v1/orders/o-2\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 x\r\n\r\n",
    ]

    private static func policy() -> TestPolicy {
        var policy = TestPolicy.calling(.books, .weather)
        policy.server = ["upstream_auth: handle"]
        policy.gateway = ["limits: {transaction_calls: 10000}"]
        return policy
    }

    /// But for the user's own access token, which the server never had, and which a test gave it.
    @Test(arguments: replies) func whatProvesACallIsNeverPassedOn(reply: String) throws {
        let stage = try Stage(Self.policy())
        let engagement = try stage.engage()
        var answers = ""
        for call in Self.attempts(engagement) {
            stage.services.reply = reply
            _ = try stage.outcome(calling: call)
            answers += stage.lastAnswer.body
        }
        let heard = String(decoding: stage.services.heard, as: UTF8.self)
        let records = stage.audit.written.joined(separator: "\n")
        #expect(stage.services.requests.count > 5)
        for part in engagement.envelope.split(separator: ".").dropFirst() { #expect(!heard.contains(part)) }
        let secret = ScriptedEgress.secret(of: "orders")
        for mark in [String(engagement.envelope.suffix(32)), engagement.handle, secret] {
            #expect(!heard.contains(mark) && !records.contains(mark) && !answers.contains(mark))
        }
        #expect(!records.contains(engagement.token.suffix(40)))
        #expect(!String(decoding: stage.server.heard, as: UTF8.self).contains(engagement.token.suffix(40)))
        for token in Set(stage.services.requests.compactMap(\.bearer)) { #expect(!records.contains(token)) }
    }

    @Test func theUsersAccessTokenNeverReachesAServerOrAService() throws {
        let stage = try Stage(Self.policy())
        let engagement = try stage.engage()
        for call in [Call.outbound(), .outbound(to: "geocoder"), .outbound(to: "books"), .outbound(to: "weather")] {
            #expect(try stage.outcome(calling: call.showing(engagement)).status == 200)
        }
        for heard in [stage.server.heard, stage.services.heard] {
            for part in engagement.token.split(separator: ".").dropFirst() {
                #expect(!String(decoding: heard, as: UTF8.self).contains(part))
            }
        }
    }

    @Test func nothingIsFollowedAndNobodyElseIsDialled() throws {
        let stage = try Stage(Self.policy())
        let engagement = try stage.engage()
        for reply in Self.replies {
            stage.services.reply = reply
            for call in Self.attempts(engagement) { _ = try stage.outcome(calling: call) }
        }
        #expect(Set(stage.services.endpoints.map(\.port)) == [9_101, 9_102, 9_103, 9_106])
        #expect(stage.services.endpoints.allSatisfy { $0.host == "127.0.0.1" })
        #expect(stage.services.requests.allSatisfy { $0.line.hasPrefix("GET /") && !$0.line.contains("o-2") })
    }

    @Test func noTokenIsAskedForWithMoreScopesThanTheUserHas() throws {
        for granted in ["orders:read", "orders:write", "orders:admin", "orders:read orders:write", "other"] {
            let stage = try Stage(.calling(.vault, .ledger, .books))
            let engagement = try stage.engage(.message(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)) {
                $0.with("scope", .string(granted))
            }
            let effective = try stage.claims(in: engagement.request).scopes
            for service in ["orders_api", "vault", "ledger", "books"] {
                for method in ["GET", "POST"] {
                    _ = try stage.outcome(calling: .outbound(method, "/orders/o-1", to: service).showing(engagement))
                }
            }
            for grant in stage.egress.exchanges {
                #expect(!grant.scopes.isEmpty && grant.scopes.allSatisfy(effective.contains), "\(granted)")
            }
        }
    }

    /// Of two users on one server, whoever called last is nobody.
    @Test func nobodyIsAttributedByHavingBeenThereLast() throws {
        let stage = try Stage()
        let caller = try stage.caller()
        for subject in ["alice", "bob"] {
            let engagement = try stage.engage { $0.with("sub", .string(subject)) }
            #expect(try caller.send(.outbound().showing(engagement)).status == 200)
            #expect(try caller.send(.outbound()).code == "unattributed")
            #expect(try caller.send(.outbound().bearing("x")).code == "unattributed")
        }
        #expect(stage.services.requests.count == 2)
    }

    /// What a model wrote, or a client says of itself, names nobody.
    @Test func identityIsNeverReadFromContent() throws {
        let stage = try Stage()
        let meta: [(String, JSONText)] = [
            ("io.modelcontextprotocol/clientInfo", .raw(#"{"name":"agent_1","version":"1"}"#))
        ]
        let arguments = JSONText.object([("actor", "eve"), ("sub", "eve"), ("X-Actor-Sub", "eve")])
        let engagement = try stage.engage(.modern("list_orders", arguments: arguments, meta: meta))
        let body = #"{"sub":"eve","actor":"eve","Txn-Token":"eve"}"#
        let call = Call.outbound("POST", "/orders/o-1").carrying(body).showing(engagement)
        #expect(try stage.outcome(calling: call) == .answered())
        #expect(stage.services.requests[0].bearer == "token-for-alice-1")
        #expect(stage.services.requests[0].values("X-Actor-Sub") == ["alice"])
        #expect(stage.services.requests[0].values("X-Agent-Id") == ["agent_456"])
    }
}
