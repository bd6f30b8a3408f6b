import Delegation
import OAuthClients
import Policy
import TestSupport
import Testing

/// Where a user's token is sent, and where never.
@Suite(.timeLimit(.minutes(1))) struct TokenEndpointTests {
    private func world(introspection: String? = nil) throws -> TokenWorld {
        try TokenWorld([TokenWorld.client(tokenEndpoint: nil, introspectionEndpoint: introspection)])
    }

    @Test func theEndpointIsFoundInTheMetadata() async throws {
        let world = try world()
        world.metadata(#","token_endpoint":"http://127.0.0.1:9000/oauth/token""#)
        let token = try world.token()
        world.grants(token, at: "http://127.0.0.1:9000/oauth/token")
        #expect(await world.outcome(world.exchange()) == .success(token))
        #expect(world.sent.map(\.url) == ["http://127.0.0.1:9000/oauth/token"])
    }

    @Test(arguments: [
        "http://127.0.0.1:9001/token", "http://127.0.0.1/token", "https://127.0.0.1:9000/token",
        "http://localhost:9000/token", "http://evil.example/token", "https://evil.example/token",
        "http://169.254.169.254/token", "http://127.0.0.1:9000@evil.example/token",
        "http://127.0.0.1:9000\\@evil.example/token", "http://127.0.0.1:9000.evil.example/token",
        "//evil.example/token", "/token", "file:///etc/passwd", "javascript:alert(1)",
        "http://127.0.0.1:9000/token?to=evil.example", "HTTP://127.0.0.1:9000/token", "",
    ])
    func noTokenIsSentToAnotherOrigin(endpoint: String) async throws {
        let world = try world()
        world.metadata(#","token_endpoint":"\#(endpoint.replacing("\\", with: "\\\\"))""#)
        #expect(await world.outcome(world.exchange()) == .failure(.rejected(.foreignEndpoint)))
        #expect(world.sent == [])
        #expect(
            world.reported.map(\.reason) == [
                "its metadata names a token endpoint at another origin; pin it in the policy if it is right"
            ])
    }

    @Test(arguments: [
        ("", CredentialFault.misconfigured("token_endpoint_missing")),
        (#","token_endpoint":7"#, .rejected(.foreignEndpoint)),
        (#","token_endpoint":["http://127.0.0.1:9000/token"]"#, .rejected(.foreignEndpoint)),
        (
            #","token_endpoint":"http://127.0.0.1:9000/token","token_endpoint":"http://evil.example/token""#,
            .rejected(.notJSON)
        ),
    ])
    func metadataThatSaysNothingUsableSendsNothing(members: String, fault: CredentialFault) async throws {
        let world = try world()
        world.metadata(members)
        #expect(await world.outcome(world.exchange()) == .failure(fault))
        #expect(world.sent == [])
    }

    @Test(arguments: [
        ("http://127.0.0.1:9000/", CredentialFault.rejected(.wrongIssuer)),
        ("http://evil.example", .rejected(.wrongIssuer)),
    ])
    func metadataOfAnotherIssuerIsNotBelieved(issuer: String, fault: CredentialFault) async throws {
        let world = try world()
        world.metadata(#","token_endpoint":"http://127.0.0.1:9000/token""#, issuer: issuer)
        #expect(await world.outcome(world.exchange()) == .failure(fault))
        #expect(world.sent == [])
    }

    @Test func withoutMetadataNothingIsSent() async throws {
        let world = try world()
        #expect(await world.outcome(world.exchange()) == .failure(.unavailable(retryAfterSeconds: 5)))
        world.web.put("http://127.0.0.1:9000/.well-known/openid-configuration", "<html>")
        world.advance(2_000)
        #expect(await world.outcome(world.exchange()) == .failure(.rejected(.notJSON)))
        #expect(world.sent == [])
    }

    @Test func aPinNeedsNoMetadataAndMayPointAnywhere() async throws {
        let world = try TokenWorld([TokenWorld.client(tokenEndpoint: "https://elsewhere.example/token")])
        world.metadata(#","token_endpoint":"http://127.0.0.1:9000/token""#)
        let token = try world.token()
        world.grants(token, at: "https://elsewhere.example/token")
        #expect(await world.outcome(world.exchange()) == .success(token))
        #expect(world.sent.map(\.url) == ["https://elsewhere.example/token"])
        #expect(world.fetched == [])
    }

    // MARK: - Introspection

    @Test func bothEndpointsComeFromOneReading() async throws {
        let world = try world()
        world.metadata(
            #","token_endpoint":"http://127.0.0.1:9000/token","introspection_endpoint":"http://127.0.0.1:9000/i""#)
        world.grants("opaque")
        world.answers(.body(#"{"active":true,"sub":"alice","aud":"orders-api"}"#), at: "http://127.0.0.1:9000/i")
        #expect(await world.outcome(world.exchange(verification: .introspection)) == .success("opaque"))
        #expect(world.sent.map(\.url) == ["http://127.0.0.1:9000/token", "http://127.0.0.1:9000/i"])
        #expect(world.fetched.count == 1)
    }

    @Test(arguments: [
        ("", CredentialFault.misconfigured("introspection_endpoint_missing")),
        (#","introspection_endpoint":"http://evil.example/i""#, .rejected(.foreignEndpoint)),
    ])
    func aTokenIsShownToNobodyElse(members: String, fault: CredentialFault) async throws {
        let world = try world()
        world.metadata(#","token_endpoint":"http://127.0.0.1:9000/token""# + members)
        world.grants("opaque")
        #expect(await world.outcome(world.exchange(verification: .introspection)) == .failure(fault))
        #expect(world.sent.map(\.url) == ["http://127.0.0.1:9000/token"])
    }

    // MARK: - Readings

    @Test func aReadingHoldsForAnHour() async throws {
        let world = try world()
        world.metadata(#","token_endpoint":"http://127.0.0.1:9000/token""#)
        world.grants("opaque")
        for _ in 0..<3 {
            _ = await world.outcome(world.exchange(verification: .fixedAudience))
            world.advance(1_199_000)
        }
        #expect(world.fetched.count == 1)
        world.advance(3_000)
        _ = await world.outcome(world.exchange(verification: .fixedAudience))
        #expect(world.fetched.count == 2)
        // A clock that was set back.
        world.advance(-86_400_000)
        _ = await world.outcome(world.exchange(verification: .fixedAudience))
        #expect(world.fetched.count == 3)
    }

    @Test func aFailedReadingIsNotRepeatedAtOnce() async throws {
        let world = try world()
        for _ in 0..<3 { _ = await world.outcome(world.exchange()) }
        #expect(world.fetched.count == 2, "both places once")
        world.metadata(#","token_endpoint":"http://127.0.0.1:9000/token""#)
        let token = try world.token()
        world.grants(token)
        world.advance(2_000)
        #expect(await world.outcome(world.exchange()) == .success(token))
    }

    @Test func anEndpointThatDoesNotAnswerMayHaveMoved() async throws {
        let world = try world()
        world.metadata(#","token_endpoint":"http://127.0.0.1:9000/old""#)
        #expect(await world.outcome(world.exchange()) == .failure(.unavailable(retryAfterSeconds: 5)))
        world.metadata(#","token_endpoint":"http://127.0.0.1:9000/token""#)
        let token = try world.token()
        world.grants(token)
        #expect(await world.outcome(world.exchange()) == .success(token))
        #expect(world.sent.map(\.url) == ["http://127.0.0.1:9000/old", "http://127.0.0.1:9000/token"])
    }

    @Test func manyWhoAskReadOnce() async throws {
        let world = try world()
        world.metadata(#","token_endpoint":"http://127.0.0.1:9000/token""#)
        let token = try world.token()
        world.grants(token)
        world.web.hold()
        await withTaskGroup(of: Result<String, CredentialFault>.self) { askers in
            for _ in 0..<100 { askers.addTask { await world.outcome(world.exchange()) } }
            await world.web.waitUntilAsked(1)
            world.web.release()
            for await outcome in askers { #expect(outcome == .success(token)) }
        }
        #expect(world.fetched.count == 1)
    }
}
