import HTTPCodec
import Identity
import StrictCoding
import TestSupport
import Testing

@testable import Admission

/// The machine of one request, stepped by hand: it asks for one thing at a time, and ends once.
@Suite struct IngressExchangeTests {
    private static let now = UnixTime(seconds: TestPolicy.now)
    private static let fresh = FreshIdentifiers(
        milliseconds: TestPolicy.now * 1_000, random: [UInt8](repeating: 5, count: FreshIdentifiers.randomBytes))

    private let epoch: Epoch
    private let issuer: TestIssuer

    init() throws {
        epoch = try TestGateway().epoch(TestPolicy().compiled())
        issuer = try TestIssuer()
    }

    private func head(_ lines: String...) throws -> RequestHead {
        try .parsing((["POST /mcp/orders HTTP/1.1", "Host: gw.example"] + lines + ["", ""]).joined(separator: "\n"))
    }

    private func accessToken(_ change: (Claims) -> Claims = { $0 }) throws -> AccessToken {
        let token = try issuer.token(change(issuer.alice()))
        return try #require(
            epoch.verifier.find(token, trusted: [0], standings: try issuer.standings(), now: Self.now).accepted)
    }

    private static let call = Array(
        #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"list_orders","arguments":{}}}"#.utf8)

    @Test func aRequestIsRoutedIdentifiedReadAndPermitted() throws {
        var exchange = IngressExchange(epoch: epoch)
        let head = try head(
            "Authorization: Bearer abc", "Content-Type: application/json", "X-Custom: abc", "Accept: */*")
        guard case .identify(let token, let issuers) = exchange.received(head) else { return #expect(Bool(false)) }
        #expect(String(decoding: token, as: UTF8.self) == "abc")
        #expect(issuers == [0])
        #expect(exchange.trail.server == 0 && exchange.trail.caller == nil)

        guard case .read(let limit) = exchange.identified(try accessToken(), now: Self.now) else {
            return #expect(Bool(false))
        }
        #expect(limit == 4 << 20)
        #expect(exchange.trail.caller?.principal.subject == "alice")

        let permit = try exchange.receivedMessage(Self.call, fresh: Self.fresh, now: Self.now)
        #expect(exchange.trail.rules.map(\.description) == ["servers.orders.tools.list_orders"])
        #expect(exchange.trail.requestID == Array("7".utf8))
        let request = UpstreamRequest(spending: permit)
        #expect(request.body == Self.call && request.server == 0)
        #expect(request.principal.subject == "alice" && request.scopes == ["orders:read", "orders:write"])
        #expect(!request.fields.lines.contains { $0.hasSuffix("abc") })
    }

    /// What the server finds in its trace is what the record of the request says; what goes to no server has none.
    @Test func aRequestThatIsForwardedHasASpan() throws {
        for (tool, isAllowed) in [("list_orders", true), ("nothing", false)] {
            var exchange = IngressExchange(epoch: epoch)
            _ = exchange.received(try head("Authorization: Bearer abc", "Content-Type: application/json"))
            _ = exchange.identified(try accessToken(), now: Self.now)
            let call = Array(
                #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"\#(tool)","arguments":{}}}"#.utf8)
            var permits = 0
            do {
                let permit = try exchange.receivedMessage(call, fresh: Self.fresh, now: Self.now)
                #expect(permit.trail.span == Self.fresh.span)
                let sent = UpstreamRequest(spending: permit).fields.lines.filter { $0.hasPrefix("traceparent") }
                #expect(sent == ["traceparent: 00-05050505050505050505050505050505-0505050505050505-02"])
                permits += 1
            } catch {
                #expect(!isAllowed, "\(error)")
            }
            #expect(permits == (isAllowed ? 1 : 0))
            #expect(exchange.trail.span?.text == (isAllowed ? "0505050505050505" : nil))
        }
    }

    @Test func whatIsKnownOfAnotherTokenOrOfAnotherEpochIsNotBelieved() throws {
        let head = try head("Authorization: Bearer abc", "Content-Type: application/json")
        let token = try accessToken()
        let own = try Caller(token, epoch: epoch, server: 0, now: Self.now)
        let other = try Caller(accessToken { $0.with("sub", "bob") }, epoch: epoch, server: 0, now: Self.now)
        let before = try TestGateway().epoch(TestPolicy().compiled())
        let former = try Caller(token, epoch: before, server: 0, now: Self.now)
        for (known, isUsed) in [(own, true), (other, false), (former, false)] {
            var exchange = IngressExchange(epoch: epoch)
            _ = exchange.received(head)
            guard case .read = exchange.identified(token, known: known, now: Self.now) else {
                return #expect(Bool(false))
            }
            #expect((exchange.trail.caller === known) == isUsed)
            #expect(exchange.trail.caller?.principal.subject == "alice")
        }
        var late = IngressExchange(epoch: epoch)
        _ = late.received(head)
        guard case .refuse(.token(.expired)) = late.identified(token, known: own, now: token.expires + 30) else {
            return #expect(Bool(false))
        }
    }

    @Test func theSameRequestHasTheSameTrail() throws {
        let token = try accessToken()
        let head = try head("Authorization: Bearer abc", "Content-Type: application/json")
        let requests = try (0..<2).map { _ in
            var exchange = IngressExchange(epoch: epoch)
            _ = exchange.received(head)
            _ = exchange.identified(token, now: Self.now)
            return UpstreamRequest(spending: try exchange.receivedMessage(Self.call, fresh: Self.fresh, now: Self.now))
        }
        // ECDSA signatures differ from one to the next; all else is decided by what came in.
        let lines = requests.map { request in
            request.fields.lines.map { $0.hasPrefix("Txn-Token") ? String($0.prefix { $0 != "." }) : $0 }
        }
        #expect(lines[0] == lines[1] && requests[0].body == requests[1].body)
    }

    @Test(arguments: ["GET", "DELETE"]) func withoutAMessageNothingIsRead(method: String) throws {
        var exchange = IngressExchange(epoch: epoch)
        _ = exchange.received(
            try .parsing("\(method) /mcp/orders HTTP/1.1\nHost: gw.example\nAuthorization: Bearer abc\n\n"))
        guard case .read(limit: 0) = exchange.identified(try accessToken(), now: Self.now) else {
            return #expect(Bool(false))
        }
        let request = UpstreamRequest(spending: try exchange.receivedMessage([], fresh: Self.fresh, now: Self.now))
        #expect(request.method == (method == "GET" ? .get : .delete) && request.body == [])
    }

    /// What a cached token was not checked for is checked for each server and at each moment.
    @Test(
        arguments: [
            ("aud", JSONText("https://gw.example/mcp/other"), 0, "wrong_audience"),
            ("exp", 1_795_478_460, 56, "about_to_expire"),
            ("exp", 1_795_478_460, 90, "token_expired"), ("scope", .raw("[]"), 0, nil),
        ] as [(String, JSONText, Int64, String?)])
    func aTokenIsJudgedWhereAndWhenItIsUsed(claim: String, value: JSONText, later: Int64, code: String?) throws {
        var exchange = IngressExchange(epoch: epoch)
        _ = exchange.received(try head("Authorization: Bearer abc", "Content-Type: application/json"))
        let step = exchange.identified(try accessToken { $0.with(claim, value) }, now: Self.now + later)
        switch step {
        case .read: #expect(code == nil)
        case .refuse(let refusal): #expect(refusal.code == code)
        }
    }

    @Test func anEndedExchangeAnswersNothing() async {
        await #expect(processExitsWith: .failure) {
            var exchange = IngressExchange(epoch: try TestGateway().epoch(TestPolicy().compiled()))
            let head = try RequestHead.parsing("POST /nowhere HTTP/1.1\nHost: gw.example\n\n")
            _ = exchange.received(head)
            _ = exchange.received(head)
        }
    }

    @Test func nothingIsPermittedBeforeItsSenderIsKnown() async {
        await #expect(processExitsWith: .failure) {
            var exchange = IngressExchange(epoch: try TestGateway().epoch(TestPolicy().compiled()))
            _ = exchange.received(
                try .parsing("POST /mcp/orders HTTP/1.1\nHost: gw.example\nAuthorization: Bearer abc\n\n"))
            let fresh = FreshIdentifiers(
                milliseconds: 1, random: [UInt8](repeating: 5, count: FreshIdentifiers.randomBytes))
            _ = try exchange.receivedMessage([], fresh: fresh, now: UnixTime(seconds: 1))
        }
    }
}
