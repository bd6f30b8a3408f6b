import Delegation
import OAuthClients
import Policy
import TestSupport
import Testing

/// Authorization servers that are down, and what is told of it.
@Suite(.timeLimit(.minutes(1))) struct TokenOutageTests {
    @Test func aServerThatIsDownIsLeftAloneAndTriedAgain() async throws {
        let world = try TokenWorld()
        for attempt in 1...5 {
            #expect(await world.outcome(world.exchange()) == .failure(.unavailable(retryAfterSeconds: 5)))
            #expect(world.sent.count == attempt)
        }
        for _ in 0..<10 {
            #expect(await world.outcome(world.exchange()) == .failure(.unavailable(retryAfterSeconds: 1)))
        }
        #expect(world.sent.count == 5)
        #expect(world.reported.count == 5, "what was not tried is not reported")

        world.advance(1_000)
        _ = await world.outcome(world.exchange())
        #expect(await world.outcome(world.exchange()) == .failure(.unavailable(retryAfterSeconds: 2)))
        #expect(world.sent.count == 6)

        world.advance(2_000)
        let token = try world.token()
        world.grants(token)
        for _ in 0..<3 { #expect(await world.outcome(world.exchange()) == .success(token)) }
        #expect(world.sent.count == 9)
    }

    @Test func oneCallFindsOutWhetherItIsBack() async throws {
        let world = try TokenWorld()
        for _ in 0..<5 { _ = await world.outcome(world.exchange()) }
        world.advance(1_000)
        let token = try world.token()
        world.grants(token)
        world.web.hold()
        let probe = Task { await world.outcome(world.exchange()) }
        await world.web.waitUntilAsked(6)
        #expect(await world.outcome(world.exchange()) == .failure(.unavailable(retryAfterSeconds: 1)))
        world.web.release()
        #expect(await probe.value == .success(token))
        #expect(await world.outcome(world.exchange()) == .success(token))
    }

    /// A server that refuses is not down.
    @Test func refusalsAreAnswers() async throws {
        let world = try TokenWorld()
        world.answers(.body(#"{"error":"invalid_grant"}"#, status: 400))
        for _ in 0..<20 { #expect(await world.outcome(world.exchange()) == .failure(.subjectRejected)) }
        #expect(world.sent.count == 20)
    }

    /// Nor is one that says no to one user for now: the others are not turned away for it.
    @Test(arguments: [
        TokenWorld.Reply.body("", status: 429), .body("", status: 429, retryAfter: "30"), .body("", status: 500),
        .body("", status: 501), .body("", status: 505), .body("", status: 599),
        .body(#"{"error":"slow_down"}"#, status: 400), .body(#"{"error":"slow_down"}"#, status: 429),
        .body(#"{"error":"temporarily_unavailable"}"#, status: 400), .body(#"{"error":"server_error"}"#),
    ])
    func aServerThatCannotNowIsNotDown(reply: TokenWorld.Reply) async throws {
        let world = try TokenWorld()
        world.answers(reply)
        for attempt in 1...20 {
            guard case .failure(.unavailable) = await world.outcome(world.exchange()) else {
                Issue.record("it did not say so")
                return
            }
            #expect(world.sent.count == attempt)
        }
        let token = try world.token()
        world.grants(token)
        #expect(await world.outcome(world.exchange()) == .success(token))
    }

    /// What stands before a server says these when the server itself does not answer.
    @Test(arguments: [502, 503, 504]) func aServerBehindOneThatSaysSoIsDown(status: Int) async throws {
        let world = try TokenWorld()
        world.answers(.body(#"{"error":"temporarily_unavailable"}"#, status: status))
        for _ in 0..<20 { _ = await world.outcome(world.exchange()) }
        #expect(world.sent.count == 5)
    }

    @Test func anIntrospectionEndpointThatIsDownIsLeftAloneToo() async throws {
        let world = try TokenWorld([TokenWorld.client(introspectionEndpoint: TokenWorld.introspectionURL)])
        world.grants("opaque")
        world.answers(.body("", status: 503), at: TokenWorld.introspectionURL)
        for _ in 0..<20 { _ = await world.outcome(world.exchange(verification: .introspection)) }
        #expect(world.sent.count == 10)
    }

    @Test func anAnswerBetweenFailuresBeginsTheCountAnew() async throws {
        let world = try TokenWorld()
        for _ in 0..<5 {
            for _ in 0..<4 {
                world.answers(.outcome(.failed("connect_failed")))
                _ = await world.outcome(world.exchange())
            }
            world.answers(.body("", status: 429))
            _ = await world.outcome(world.exchange())
        }
        #expect(world.sent.count == 25)
    }

    @Test func oneClientsOutageIsNotTheOthers() async throws {
        let world = try TokenWorld([
            TokenWorld.client("a"), TokenWorld.client("b", tokenEndpoint: "http://127.0.0.1:9000/b"),
        ])
        let token = try world.token()
        world.grants(token, at: "http://127.0.0.1:9000/b")
        for _ in 0..<6 { _ = await world.outcome(world.exchange(client: 0)) }
        #expect(world.sent.count == 5)
        #expect(await world.outcome(world.exchange(client: 1)) == .success(token))
    }

    /// What never reaches the server says nothing about it.
    @Test func aTokenThatIsGoneDoesNotEndAnOutage() async throws {
        let world = try TokenWorld()
        for _ in 0..<5 { _ = await world.outcome(world.exchange()) }
        world.advance(1_000)
        #expect(await world.outcome(world.exchange(sealedFor: nil)) == .failure(.rejected(.subjectGone)))
        _ = await world.outcome(world.exchange())
        #expect(world.sent.count == 6, "the one call that may try is still there")
    }

    // MARK: - What is told

    /// Servers repeat what they got wherever they can: nothing of it is told further.
    @Test(arguments: [
        TokenWorld.Reply.body(
            #"{"error":"invalid_grant","error_description":"subject-canary-7f3a","error_uri":"http://x/canary-7f3a"}"#,
            status: 400),
        .body(#"{"error":"canary-7f3a"}"#, status: 400),
        .body(#"{"error":"invalid_grant","suberror":"canary-7f3a","error_codes":["canary-7f3a"]}"#, status: 400),
        .body("<h1>canary-7f3a</h1>", status: 400, type: "text/html"),
        .body("<h1>canary-7f3a</h1>", status: 500, type: "text/canary-7f3a", retryAfter: "canary-7f3a"),
        .body(#"{"access_token":"token-canary-7f3a","token_type":"canary-7f3a"}"#),
        .body(#"{"access_token":"token-canary-7f3a","token_type":"Bearer","scope":"canary-7f3a"}"#),
        .body(
            #"{"access_token":"token-canary-7f3a","token_type":"Bearer","#
                + #""issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}"#),
        .body(#"{"canary-7f3a":1,"canary-7f3a":2}"#),
    ])
    func nothingSecretIsTold(reply: TokenWorld.Reply) async throws {
        let world = try TokenWorld()
        world.answers(reply)
        let result = await world.desk.credential(for: world.exchange())
        #expect(world.sent.count == 1)
        #expect(world.reported.count == 1)
        var told = String(reflecting: result) + String(describing: world.reported)
        dump(world.reported, to: &told)
        dump(result, to: &told)
        #expect(!told.contains(TokenWorld.canary), "\(told)")
        for report in world.reported { #expect(report.reason.utf8.allSatisfy { (0x20...0x7E).contains($0) }) }
    }

    @Test func aCredentialDoesNotShowItsToken() async throws {
        let world = try TokenWorld()
        world.grants("token-\(TokenWorld.canary)")
        let result = await world.desk.credential(for: world.exchange(verification: .fixedAudience))
        var told = String(reflecting: result)
        dump(result, to: &told)
        #expect(!told.contains(TokenWorld.canary), "\(told)")
        guard case .success = result else {
            Issue.record("\(result)")
            return
        }
    }

    /// An issuer's name in its metadata is quoted: one line, printable, short.
    @Test(arguments: [
        "http://evil.example\\n2026-11-23 all is well", "\\u001b[31mred", "\\u2028\\u202etxt",
        String(repeating: "x", count: 100_000),
    ])
    func hostileMetadataMakesOneShortLine(named: String) async throws {
        let world = try TokenWorld([TokenWorld.client(tokenEndpoint: nil)])
        world.metadata("", issuer: named)
        #expect(await world.outcome(world.exchange()) == .failure(.rejected(.wrongIssuer)))
        let reason = try #require(world.reported.first).reason
        #expect(reason.utf8.count <= 203)
        #expect(reason.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
}
