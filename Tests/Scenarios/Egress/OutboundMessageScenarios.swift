import NIOCore
import StrictCoding
import TestSupport
import Testing

/// What reaches a service of a call that the policy allows: the server's own request but for everything that speaks of
/// identity or belongs to a connection.
@Suite struct OutboundMessageScenarios {
    /// What the service hears of a call of Alice's.
    private func heard(
        _ call: Call, under policy: TestPolicy = TestPolicy(), _ working: Call = .modern()
    ) throws -> HeardRequest {
        let stage = try Stage(policy)
        let engagement = try stage.engage(working)
        let outcome = try stage.outcome(calling: call.showing(engagement))
        #expect(outcome.status == 200, "\(outcome)")
        return try #require(stage.services.requests.first)
    }

    // MARK: - Target

    @Test(arguments: [
        ("geocoder", "", "/"), ("geocoder", "/", "/"), ("geocoder", "/a", "/a"), ("geocoder", "/a/", "/a/"),
        ("books", "", "/api"), ("books", "/", "/api/"), ("books", "/a/b", "/api/a/b"), ("books", "?q", "/api?q"),
        ("books", "/?q=1", "/api/?q=1"), ("books", "/%6frders/%7Ea", "/api/orders/~a"),
        ("books", "/a%2ab", "/api/a%2Ab"),
        ("books", "/a?x=%41&y=1+2&&[z]=%E2%9C%93&u=http://h/p?q", "/api/a?x=%41&y=1+2&&[z]=%E2%9C%93&u=http://h/p?q"),
        ("books", "/a?", "/api/a?"), ("books", "/caf%C3%A9", "/api/caf%C3%A9"),
    ])
    func aPathGoesBehindTheServicesOwnAndTheQueryAsItIs(service: String, path: String, target: String) throws {
        let request = try heard(.outbound("GET", path, to: service), under: .calling(.books))
        #expect(request.line == "GET \(target) HTTP/1.1")
    }

    @Test func anAbsoluteTargetIsTheSameCall() throws {
        let call = Call.outbound()
        #expect(try heard(call.at("http://127.0.0.1:9080" + call.target)).line == "GET /v1/orders/o-1 HTTP/1.1")
    }

    @Test(arguments: ["GET", "POST", "PUT", "DELETE", "OPTIONS"]) func aMethodIsPassedOn(method: String) throws {
        let request = try heard(.outbound(method, "/x", to: "books"), under: .calling(.books))
        #expect(request.line == "\(method) /api/x HTTP/1.1")
    }

    // MARK: - Fields

    @Test func fieldsOfTheServersOwnArePassedOnAsTheyAre() throws {
        let kept = [
            ("Accept", "application/json;q=1, */*"), ("Accept-Encoding", "gzip, br"), ("If-None-Match", "\"e1\""),
            ("Range", "bytes=0-9"), ("X-Request-Id", "r-1"), ("Idempotency-Key", "k-1"), ("Prefer", "a"),
            ("Prefer", "b"),
        ]
        let request = try heard(kept.reduce(.outbound()) { $0.with($1.0, $1.1) })
        #expect(Array(request.fields[1...kept.count]) == kept.map { "\($0.0): \($0.1)" })
    }

    @Test(arguments: [
        "Connection: close", "Connection: keep-alive, x-mine\r\nX-Mine: 1", "Keep-Alive: timeout=5", "TE: trailers",
        "Trailer: X-Sum", "Upgrade: websocket", "Proxy-Connection: keep-alive", "Proxy-Authorization: Basic dTpw",
        "Cookie: session=1", "Forwarded: for=1.2.3.4", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: evil.example",
        "Via: 1.0 fred", "X-Actor-Sub: eve", "X_Actor_Sub: eve", "x.agent.id: eve",
        "X-Delegation-Mode: service_identity",
        "X-Trace-Id: 1", "X-Forwarded-User: eve", "X-Remote-User: eve", "X-Goog-IAP-JWT-Assertion: e", "eie-txn: 1",
        "Workload-Identity-Token: e", "X-HTTP-Method-Override: DELETE", "X-Original-URL: /admin", "DPoP: e",
        "X-MS-CLIENT-PRINCIPAL: e", "Expect: 100-continue", "Txn_Token_: e", "-X: 1",
    ])
    func whatIsBoundToAConnectionOrSpeaksOfIdentityIsLeftBehind(lines: String) throws {
        let call = lines.components(separatedBy: "\r\n").reduce(Call.outbound()) { call, line in
            let parts = line.components(separatedBy: ": ")
            return call.with(parts[0], parts[1])
        }
        let request = try heard(call)
        #expect(
            request.names == [
                "Host", "Via", "traceparent", "X-Actor-Sub", "X-Actor-Tenant", "X-Agent-Id", "X-Delegation-Mode",
                "X-Trace-Id", "Authorization",
            ])
        #expect(request.values("Host") == ["127.0.0.1:9101"] && request.values("Via") == ["1.1 bulla"])
    }

    /// The caller's own base URL, which holds its secret, is what Go's client names when it follows a redirect.
    @Test(arguments: ["Referer", "Origin", "X-Requested-Url"]) func theServersSecretIsLeftBehind(name: String) throws {
        let secret = ScriptedEgress.secret(of: "orders")
        let request = try heard(.outbound().with(name, "http://127.0.0.1:9080/\(secret)/orders_api/orders/o-0"))
        #expect(request.values(name) == [])
    }

    @Test func aQueryThatHoldsTheServersSecretIsRefused() throws {
        let stage = try Stage()
        let call = try Call.outbound("GET", "/orders/o-1?back=/\(ScriptedEgress.secret(of: "orders"))/orders_api")
            .showing(stage.engage())
        #expect(try stage.outcome(calling: call) == .denied(403, "identity_leak", whom: .alice))
    }

    @Test(arguments: [
        "?t=%65ieh_AAAA", "?t=eieh%5FAAAA", "?t=%65%69%65%68%5f", "?%65ieh%5fAAA=1",
    ])
    func aHandleInAQueryIsSeenThroughItsEscapes(query: String) throws {
        let stage = try Stage()
        let call = try Call.outbound("GET", "/orders/o-1" + query).showing(stage.engage())
        #expect(try stage.outcome(calling: call) == .denied(403, "identity_leak", whom: .alice))
    }

    /// One that the server still has from before, say in the defaults of its HTTP client.
    @Test func theEnvelopeOfAnotherRequestIsNotPassedOnEither() throws {
        let stage = try Stage()
        let bob = try stage.engage { $0.with("sub", "bob") }
        let alice = try stage.engage()
        let call = Call.outbound().showing(alice).with("X-Debug", bob.envelope)
        #expect(try stage.outcome(calling: call) == .denied(403, "identity_leak", whom: .alice))
    }

    // MARK: - Identity

    /// Another's name is nobody's business outside of the house.
    @Test func aForeignServiceLearnsAPseudonymThatStaysTheSame() throws {
        let stage = try Stage()
        var names: [String: Set<String>] = [:]
        for subject in ["alice", "bob", "alice"] {
            let engagement = try stage.engage { $0.with("sub", .string(subject)) }
            _ = try stage.outcome(calling: .outbound(to: "geocoder").showing(engagement))
            names[subject, default: []].formUnion(stage.services.requests.last?.values("X-Actor-Sub") ?? [])
        }
        #expect(names["alice"]?.count == 1 && names["bob"]?.count == 1 && names["alice"] != names["bob"])
        #expect(names.values.joined().allSatisfy { $0.hasPrefix("p-") })
        #expect(!String(decoding: stage.services.heard, as: UTF8.self).contains("alice"))
    }

    @Test func aNameThatWouldEndAFieldIsEncoded() throws {
        let stage = try Stage()
        let engagement = try stage.engage { $0.with("sub", "a,b%c é") }
        _ = try stage.outcome(calling: .outbound().showing(engagement))
        #expect(stage.services.requests[0].values("X-Actor-Sub") == ["a%2Cb%25c%20%C3%A9"])
    }

    // MARK: - Trace

    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    @Test(arguments: [
        ("00-\(trace)-aaaaaaaaaaaaaaaa-01", "00-\(trace)-0202020202020202-01", ["v=1"], ["region=eu"]),
        ("00-\(trace)-aaaaaaaaaaaaaaaa-00", "00-\(trace)-0202020202020202-00", ["v=1"], ["region=eu"]),
        // A worker that still has the trace of another request; its state is of that trace.
        (
            "00-11111111111111111111111111111111-aaaaaaaaaaaaaaaa-01", "00-\(trace)-0202020202020202-00", [],
            ["region=eu"]
        ),
        ("nonsense", "00-\(trace)-0202020202020202-00", [], ["region=eu"]),
        ("", "00-\(trace)-0202020202020202-00", [], ["region=eu"]),
    ])
    func aCallGoesOnWithTheTraceOfItsRequest(own: String, sent: String, state: [String], baggage: [String]) throws {
        var call = Call.outbound().with("tracestate", "eie=x,v=1").with("baggage", "enduser.id=eve,region=eu")
        if !own.isEmpty { call = call.with("traceparent", own) }
        let request = try heard(
            call, Call.modern().with("traceparent", "00-\(Self.trace)-b7ad6b7169203331-01"))
        #expect(request.values("traceparent") == [sent])
        #expect(request.values("X-Trace-Id") == [Self.trace])
        #expect(request.values("tracestate") == state && request.values("baggage") == baggage)
    }
}
