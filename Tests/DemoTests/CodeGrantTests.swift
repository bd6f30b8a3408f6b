import Demo
import StrictCoding
import Testing

@Suite struct CodeGrantTests {
    @Test func anAccessTokenSaysWhoForWhomAndWhat() async throws {
        let provider = try TestProvider()
        let response = try await provider.tokens()
        #expect(response["token_type"] == "Bearer")
        #expect(response["scope"] == "orders:read balance:read")
        #expect(response.json?["expires_in"]?.integer == 600)
        #expect(response["refresh_token"] != nil)
        #expect(response["id_token"] == nil)
        #expect(response.field("Cache-Control") == "no-store")
        #expect(response.field("Access-Control-Allow-Origin") == "*")

        let token = try await provider.verified(response.json?["access_token"]?.text)
        let claims = token.payload.root
        #expect(token.type == "at+jwt")
        #expect(
            claims.members?.map(\.name.string) == [
                "iss", "sub", "aud", "client_id", "scope", "iat", "exp", "jti", "sid", "tenant", "name",
            ])
        #expect(claims["iss"]?.text == ByteString(TestProvider.issuer))
        #expect(claims["sub"]?.text == "alice")
        #expect(claims["aud"]?.text == ByteString(TestProvider.resource))
        #expect(claims["client_id"]?.text == "demo-cli")
        #expect(claims["tenant"]?.text == "acme")
        #expect(claims["iat"]?.integer == provider.world.now)
        #expect(claims["exp"]?.integer == provider.world.now + 600)
    }

    @Test func anIDTokenIsForTheClientAndOnlyWhenAskedFor() async throws {
        let provider = try TestProvider()
        let response = try await provider.tokens(
            "alice", ["scope": "openid profile email orders:read", "nonce": "n-1"])
        #expect(response["scope"] == "openid profile orders:read")
        let token = try await provider.verified(response.json?["id_token"]?.text)
        #expect(token.type == "JWT")
        #expect(token.payload.root["aud"]?.text == "demo-cli")
        #expect(token.payload.root["nonce"]?.text == "n-1")
        #expect(token.payload.root["sub"]?.text == "alice")
        #expect(token.payload.root["scope"] == nil)
    }

    @Test(
        arguments: [
            ("alice", "orders:read orders:write", "orders:read orders:write"),
            ("bob", "orders:read orders:write", "orders:read"),
            ("bob", "orders:write balance:read", "balance:read"),
            ("alice", nil, "orders:read orders:write balance:read profile:read"),
            ("bob", nil, "orders:read balance:read profile:read"),
            ("alice", "orders:read orders:read offline_access", "orders:read"),
        ] as [(String, String?, String)])
    func nobodyIsGrantedMoreThanTheyHave(user: String, asked: String?, granted: String) async throws {
        let response = try await (try TestProvider()).tokens(user, ["scope": asked])
        #expect(response["scope"] == granted)
    }

    @Test(
        arguments: [
            (["code_verifier": nil], "400 invalid_grant"),
            (["code_verifier": String(repeating: "a", count: 43)], "400 invalid_grant"),
            (["code_verifier": TestProvider.challenge], "400 invalid_grant"),
            (["code_verifier": "short"], "400 invalid_grant"),
            (["redirect_uri": nil], "400 invalid_grant"),
            (["redirect_uri": "http://127.0.0.1:53125/callback"], "400 invalid_grant"),
            (["code": "wrong"], "400 invalid_grant"),
            (["code": nil], "400 invalid_request"),
            (["client_id": "nobody"], "401 invalid_client"),
            (["client_id": nil], "401 invalid_client"),
            (["client_secret": "x"], "401 invalid_client"),
            (["client_id": "demo-agent", "client_secret": "demo-agent-secret"], "400 unauthorized_client"),
            (["resource": TestProvider.otherResource], "400 invalid_target"),
            (["resource": "https://elsewhere.example"], "400 invalid_target"),
            (["grant_type": nil], "400 invalid_request"),
            (["grant_type": "password"], "400 unsupported_grant_type"),
            (["grant_type": "client_credentials"], "400 unauthorized_client"),
            (["resource": TestProvider.resource], "200"),
        ] as [(TestProvider.Changes, String)])
    func onlyTheWholeProofRedeemsACode(changes: TestProvider.Changes, outcome: String) async throws {
        let provider = try TestProvider()
        let response = await provider.redeem(try await provider.code(), changes)
        #expect(response.outcome == outcome)
        #expect(response.status == 200 || response["error_description"]?.isEmpty == false)
        #expect((response.field("WWW-Authenticate") != nil) == (response.status == 401))
    }

    @Test func aCodeLivesForAMinute() async throws {
        let provider = try TestProvider()
        let code = try await provider.code()
        provider.world.advance(59)
        #expect(await provider.redeem(code).status == 200)
        let late = try await provider.code()
        provider.world.advance(60)
        #expect(await provider.redeem(late).outcome == "400 invalid_grant")
    }

    @Test func aFailedAttemptSpendsTheCode() async throws {
        let provider = try TestProvider()
        let code = try await provider.code()
        #expect(await provider.redeem(code, ["code_verifier": TestProvider.challenge]).status == 400)
        #expect(await provider.redeem(code).outcome == "400 invalid_grant")
    }

    @Test func aCodeUsedTwiceRevokesItsTokens() async throws {
        let provider = try TestProvider()
        let code = try await provider.code()
        let tokens = await provider.redeem(code)
        let refreshToken = try #require(tokens["refresh_token"])
        let accessToken = try #require(tokens["access_token"])
        #expect(await provider.redeem(code).outcome == "400 invalid_grant")
        let refreshed = await provider.token([
            "grant_type": "refresh_token", "refresh_token": refreshToken, "client_id": "demo-cli",
        ])
        #expect(refreshed.outcome == "400 invalid_grant")
        #expect(await provider.exchange(accessToken).outcome == "400 invalid_request")
    }

    @Test func theFirstResourceIsMeantWhenNoneIsNamed() async throws {
        let provider = try TestProvider()
        let response = try await provider.tokens("alice", ["resource": nil])
        let token = try await provider.verified(response.json?["access_token"]?.text)
        #expect(token.payload.root["aud"]?.text == ByteString(TestProvider.resource))
    }

    @Test func theTokenRequestMayNameTheResource() async throws {
        let provider = try TestProvider()
        let code = try await provider.code("alice", ["resource": nil])
        let response = await provider.redeem(code, ["resource": TestProvider.otherResource])
        let token = try await provider.verified(response.json?["access_token"]?.text)
        #expect(token.payload.root["aud"]?.text == ByteString(TestProvider.otherResource))
    }

    @Test func parametersComeInAFormBodyOnly() async throws {
        let provider = try TestProvider()
        let form = Call.form([
            "grant_type": "client_credentials", "client_id": "demo-agent", "client_secret": "demo-agent-secret",
        ])
        let json = await provider.service(
            Call.request(.post, "/token", fields: [("Content-Type", "application/json")], body: form))
        #expect(json.outcome == "400 invalid_request")
        #expect(await provider.post("/token?\(form)", [:]).outcome == "400 invalid_request")
        let repeated = await provider.service(
            Call.request(
                .post, "/token", fields: [("Content-Type", "application/x-www-form-urlencoded")],
                body: form + "&grant_type=client_credentials"))
        #expect(repeated.outcome == "400 invalid_request")
        #expect(repeated["error_description"] == "`grant_type` is given more than once")
    }
}
