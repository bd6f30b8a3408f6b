import Demo
import HTTPWire
import StrictCoding
import Testing

@Suite struct OtherGrantTests {
    // MARK: - refresh_token

    @Test func aRefreshTokenIsGoodOnceAndBringsTheNext() async throws {
        let provider = try TestProvider()
        let first = try #require(try await provider.tokens()["refresh_token"])
        let renewed = await refresh(provider, first)
        #expect(renewed.status == 200)
        #expect(renewed["scope"] == "orders:read balance:read")
        let second = try #require(renewed["refresh_token"])
        #expect(second != first)
        #expect(await refresh(provider, second).status == 200)
    }

    @Test func aRefreshTokenUsedTwiceEndsTheLogin() async throws {
        let provider = try TestProvider()
        let first = try #require(try await provider.tokens()["refresh_token"])
        let second = try #require(await refresh(provider, first)["refresh_token"])
        #expect(await refresh(provider, first).outcome == "400 invalid_grant")
        #expect(await refresh(provider, second).outcome == "400 invalid_grant")
    }

    @Test(
        arguments: [
            (["scope": "orders:read"], "200"),
            (["resource": TestProvider.resource], "200"),
            (["scope": "orders:write"], "400 invalid_scope"),
            (["resource": TestProvider.otherResource], "400 invalid_target"),
            (["refresh_token": nil], "400 invalid_request"),
            (["refresh_token": "a.b"], "400 invalid_grant"),
            (["client_id": "nobody"], "401 invalid_client"),
        ] as [(TestProvider.Changes, String)])
    func aRefreshMayNarrowButNeverWiden(changes: TestProvider.Changes, outcome: String) async throws {
        let provider = try TestProvider()
        let token = try #require(try await provider.tokens()["refresh_token"])
        #expect(await refresh(provider, token, changes).outcome == outcome)
        // A refused request does not cost the client its login.
        if outcome != "200" { #expect(await refresh(provider, token).status == 200) }
    }

    @Test func aRefreshTokenLivesForEightHours() async throws {
        let provider = try TestProvider()
        let token = try #require(try await provider.tokens()["refresh_token"])
        provider.world.advance(8 * 3600)
        #expect(await refresh(provider, token).outcome == "400 invalid_grant")
    }

    // MARK: - client_credentials

    @Test(
        arguments: [
            ([:], "demo-agent:demo-agent-secret", "200"),
            (["client_id": "demo-agent", "client_secret": "demo-agent-secret"], nil, "200"),
            (["client_id": "demo-agent"], "demo-agent:demo-agent-secret", "200"),
            (["client_id": "demo-cli"], "demo-agent:demo-agent-secret", "400 invalid_request"),
            (["client_secret": "demo-agent-secret"], "demo-agent:demo-agent-secret", "400 invalid_request"),
            (["client_id": "demo-agent"], nil, "401 invalid_client"),
            (["client_id": "demo-agent", "client_secret": "wrong"], nil, "401 invalid_client"),
            ([:], "demo-agent:wrong", "401 invalid_client"),
            ([:], "demo-agent:", "401 invalid_client"),
            ([:], "demo-agent", "401 invalid_client"),
            ([:], "nobody:demo-agent-secret", "401 invalid_client"),
            (["scope": "orders:read"], "demo-agent:demo-agent-secret", "200"),
            (["scope": "orders:write"], "demo-agent:demo-agent-secret", "400 invalid_scope"),
            (["resource": "https://elsewhere.example"], "demo-agent:demo-agent-secret", "400 invalid_target"),
        ] as [([String: String], String?, String)])
    func aClientProvesItselfInOneWay(form: [String: String], basic: String?, outcome: String) async throws {
        let provider = try TestProvider()
        let response = await provider.token(form.merging(["grant_type": "client_credentials"]) { $1 }, basic: basic)
        #expect(response.outcome == outcome)
        #expect(response["refresh_token"] == nil)
    }

    @Test func aClientInItsOwnNameIsItsOwnSubject() async throws {
        let provider = try TestProvider()
        let response = await provider.token(["grant_type": "client_credentials"], basic: "demo-agent:demo-agent-secret")
        let claims = try await provider.verified(response.json?["access_token"]?.text).payload.root
        #expect(claims["sub"]?.text == "demo-agent")
        #expect(claims["client_id"]?.text == "demo-agent")
        #expect(claims["sid"] == nil)
    }

    // MARK: - token exchange

    @Test func anExchangedTokenNamesTheUserAndTheActor() async throws {
        let provider = try TestProvider()
        let subject = try #require(try await provider.tokens()["access_token"])
        provider.world.advance(400)
        let response = await provider.exchange(subject)
        #expect(response.status == 200)
        #expect(response["issued_token_type"] == TestProvider.accessTokenType)
        #expect(response["scope"] == "orders:read")
        #expect(response.json?["expires_in"]?.integer == 200)
        #expect(response["refresh_token"] == nil)

        let token = try await provider.verified(response.json?["access_token"]?.text)
        let claims = token.payload.root
        #expect(token.type == "at+jwt")
        #expect(claims["sub"]?.text == "alice")
        #expect(claims["aud"]?.text == "orders-api")
        #expect(claims["client_id"]?.text == "demo-agent")
        #expect(claims["act"]?["sub"]?.text == "demo-agent")
        #expect(claims["act"]?["act"] == nil)
        #expect(claims["sid"]?.text == (try await provider.verified(ByteString(subject))).payload.root["sid"]?.text)
    }

    @Test func actorsNestAndTheirNumberIsBounded() async throws {
        let provider = try TestProvider()
        var token = try #require(try await provider.tokens()["access_token"])
        for _ in 1...4 {
            token = try #require(await provider.exchange(token)["access_token"])
        }
        let claims = try await provider.verified(ByteString(token)).payload.root
        #expect(claims["act"]?["act"]?["act"]?["act"]?["sub"]?.text == "demo-agent")
        #expect(await provider.exchange(token).outcome == "400 invalid_request")
    }

    @Test(
        arguments: [
            (["audience": nil, "resource": "https://orders.example/api"], "200"),
            (["resource": "https://orders.example/api"], "200"),
            (["scope": nil], "200"),
            (["scope": "orders:read balance:read"], "200"),
            (["scope": "orders:read orders:write"], "400 invalid_scope"),
            (["audience": nil], "400 invalid_request"),
            (["audience": "billing-api"], "400 invalid_target"),
            (["resource": "https://elsewhere.example"], "400 invalid_target"),
            (["subject_token": nil], "400 invalid_request"),
            (["subject_token": "a.b.c"], "400 invalid_request"),
            (["subject_token_type": nil], "400 invalid_request"),
            (["subject_token_type": "urn:ietf:params:oauth:token-type:id_token"], "400 invalid_request"),
            (["requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"], "400 invalid_request"),
            (["actor_token": "x", "actor_token_type": TestProvider.accessTokenType], "400 invalid_request"),
        ] as [(TestProvider.Changes, String)])
    func anExchangeNarrowsToOneConfiguredTarget(changes: TestProvider.Changes, outcome: String) async throws {
        let provider = try TestProvider()
        let subject = try #require(try await provider.tokens()["access_token"])
        #expect(await provider.exchange(subject, changes).outcome == outcome)
    }

    @Test func onlyOwnAccessTokensThatLiveAreExchanged() async throws {
        let provider = try TestProvider()
        let tokens = try await provider.tokens("alice", ["scope": "openid orders:read"])
        let accessToken = try #require(tokens["access_token"])
        let idToken = try #require(tokens["id_token"])
        let foreign = try #require(try await (try TestProvider()).tokens()["access_token"])
        #expect(await provider.exchange(idToken).outcome == "400 invalid_request")
        #expect(await provider.exchange(foreign).outcome == "400 invalid_request")
        #expect(await provider.exchange(accessToken, basic: "demo-agent:wrong").outcome == "401 invalid_client")
        provider.world.advance(600)
        #expect(await provider.exchange(accessToken).outcome == "400 invalid_request")
    }

    private func refresh(
        _ provider: TestProvider, _ token: String, _ changes: TestProvider.Changes = [:]
    ) async -> ServiceResponse {
        let form = ["grant_type": "refresh_token", "refresh_token": token, "client_id": "demo-cli"]
        return await provider.token(TestProvider.changed(form, changes))
    }
}
