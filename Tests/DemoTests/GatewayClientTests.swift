import Crypto
import Demo
import StrictCoding
import Testing

/// What the gateway does at the token endpoint.
@Suite struct GatewayClientTests {
    private static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    private static let jwtType = "urn:ietf:params:oauth:token-type:jwt"

    private let provider: TestProvider

    init() throws {
        provider = try TestProvider()
    }

    // MARK: - private_key_jwt

    @Test func aSignedAssertionIsGoodOnce() async throws {
        let form = try credentials()
        let response = await provider.token(form)
        #expect(response.status == 200)
        let claims = try await provider.verified(response.json?["access_token"]?.text).payload.root
        #expect(claims["sub"]?.text == "bulla-gateway")
        #expect(claims["client_id"]?.text == "bulla-gateway")
        #expect(claims["aud"]?.text == "orders-api")
        #expect(claims["scope"]?.text == "balance:read")
        #expect(claims["act"] == nil)
        #expect(await provider.token(form).outcome == "401 invalid_client")
    }

    @Test(
        arguments: [
            (["iss": TestGateway.text("demo-agent")], "401 invalid_client"),
            (["iss": TestGateway.text("nobody")], "401 invalid_client"),
            (["sub": TestGateway.text("demo-agent")], "401 invalid_client"),
            (["sub": nil], "401 invalid_client"),
            (["aud": TestGateway.text(TestProvider.issuer + "/token")], "401 invalid_client"),
            (["aud": #"["http://127.0.0.1:9000","https://elsewhere.example"]"#], "401 invalid_client"),
            (["aud": #"["http://127.0.0.1:9000"]"#], "200"),
            (["aud": nil], "401 invalid_client"),
            (["exp": "1795478400"], "401 invalid_client"),
            (["exp": "1795478701"], "401 invalid_client"),
            (["exp": "1795478700"], "200"),
            (["exp": nil], "401 invalid_client"),
            (["exp": TestGateway.text("1795478460")], "401 invalid_client"),
            (["nbf": "1795478431"], "401 invalid_client"),
            (["nbf": "1795478430"], "200"),
            (["iat": "1795478431"], "401 invalid_client"),
            (["iat": nil], "200"),
            (["jti": nil], "401 invalid_client"),
            (["jti": TestGateway.text("")], "401 invalid_client"),
        ] as [(TestGateway.Claims, String)])
    func anAssertionSaysWhoForWhomAndUntilWhen(changes: TestGateway.Claims, outcome: String) async throws {
        let assertion = try provider.gateway.clientAssertion(now: provider.world.now, changes)
        let form = try credentials().merging(["client_assertion": assertion]) { $1 }
        #expect(await provider.token(form).outcome == outcome)
    }

    @Test(
        arguments: [
            (["client_assertion_type": nil], nil, "401 invalid_client"),
            (["client_assertion": nil], nil, "401 invalid_client"),
            (["client_assertion": "a.b.c"], nil, "401 invalid_client"),
            (["client_id": "bulla-gateway"], nil, "200"),
            (["client_id": "demo-agent"], nil, "400 invalid_request"),
            (["client_secret": "x"], nil, "400 invalid_request"),
            ([:], "demo-agent:demo-agent-secret", "400 invalid_request"),
            (["scope": "orders:read"], nil, "400 invalid_scope"),
            (["audience": "https://elsewhere.example"], nil, "400 invalid_target"),
            (["audience": nil], nil, "200"),
            (["resource": TestProvider.resource], nil, "200"),
        ] as [(TestProvider.Changes, String?, String)])
    func aClientWithAKeyProvesItselfInThatWayOnly(changes: TestProvider.Changes, basic: String?, outcome: String)
        async throws
    {
        #expect(await provider.token(TestProvider.changed(try credentials(), changes), basic: basic).outcome == outcome)
    }

    @Test(arguments: [["client_id": "bulla-gateway"], ["client_id": "bulla-gateway", "client_secret": "x"]])
    func aClientWithAKeyHasNoSecret(form: [String: String]) async throws {
        let response = await provider.token(form.merging(["grant_type": "client_credentials"]) { $1 })
        #expect(response.outcome == "401 invalid_client")
    }

    @Test func aStrangersKeyIsNoProof() async throws {
        let stranger = try TestGateway()
        let form = try credentials().merging(
            ["client_assertion": stranger.clientAssertion(now: provider.world.now)]) { $1 }
        #expect(await provider.token(form).outcome == "401 invalid_client")
    }

    @Test func theMetadataTellsTheMethod() async {
        let document = await provider.get("/.well-known/oauth-authorization-server").json
        let methods = document?["token_endpoint_auth_methods_supported"]?.elements?.compactMap(\.text) ?? []
        #expect(methods == ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"])
        let algorithms = document?["token_endpoint_auth_signing_alg_values_supported"]?.elements?.compactMap(\.text)
        #expect(algorithms == ["ES256"])
    }

    // MARK: - Exchange on behalf of a user

    @Test func theActorTokenSaysWhoActs() async throws {
        let claims = try await exchanged(["actor_token": try provider.gateway.actorToken(now: provider.world.now)])
        #expect(claims["sub"]?.text == "alice")
        #expect(claims["aud"]?.text == "orders-api")
        #expect(claims["client_id"]?.text == "bulla-gateway")
        #expect(claims["act"]?["sub"]?.text == "agent_456")
        #expect(claims["act"]?["iss"]?.text == "http://127.0.0.1:8080")
        #expect(claims["act"]?["act"] == nil)
    }

    @Test func withoutOneTheClientItselfActs() async throws {
        let claims = try await exchanged(["actor_token_type": nil])
        #expect(claims["act"]?["sub"]?.text == "bulla-gateway")
        #expect(claims["act"]?["iss"]?.text == ByteString(TestProvider.issuer))
    }

    @Test(
        arguments: [
            (["iss": TestGateway.text("bulla-gateway")], [:]),
            (["iss": TestGateway.text("http://127.0.0.1:8080")], [:]),
            (["aud": TestGateway.text("https://elsewhere.example")], [:]),
            (["exp": "1795478400"], [:]),
            (["sub": nil], [:]),
            (["jti": nil], [:]),
            (["act": #"{"sub":"another"}"#], [:]),
            ([:], ["actor_token_type": nil]),
            ([:], ["actor_token_type": TestProvider.accessTokenType]),
            ([:], ["actor_token": nil]),
            ([:], ["actor_token": "a.b.c"]),
        ] as [(TestGateway.Claims, TestProvider.Changes)])
    func onlyTheGatewaysOwnFreshWordIsTaken(claims: TestGateway.Claims, changes: TestProvider.Changes) async throws {
        let token = try provider.gateway.actorToken(now: provider.world.now, claims)
        let form = TestProvider.changed(try await exchangeForm(["actor_token": token]), changes)
        #expect(await provider.token(form).outcome == "400 invalid_request")
    }

    @Test func anActorTokenIsGoodOnceAndInTheGatewaysHandsOnly() async throws {
        let token = try provider.gateway.actorToken(now: provider.world.now)
        let other = try await provider.tokens()["access_token"] ?? ""
        let changes = ["actor_token": token, "actor_token_type": Self.jwtType]
        #expect(await provider.exchange(other, changes).outcome == "400 invalid_request")
        _ = try await exchanged(["actor_token": token])
        let again = await provider.token(try await exchangeForm(["actor_token": token]))
        #expect(again.outcome == "400 invalid_request")
    }

    @Test func aTokenForOneTargetIsNotWidened() async throws {
        for (changes, outcome) in [
            (["scope": "orders:read orders:write"], "400 invalid_scope"),
            (["audience": "billing-api"], "400 invalid_target"),
        ] as [(TestProvider.Changes, String)] {
            let form = TestProvider.changed(
                try await exchangeForm(["actor_token": nil, "actor_token_type": nil]), changes)
            #expect(await provider.token(form).outcome == outcome)
        }
    }

    // MARK: -

    private func credentials() throws -> [String: String] {
        [
            "grant_type": "client_credentials", "audience": "orders-api", "scope": "balance:read",
            "client_assertion_type": Self.assertionType,
            "client_assertion": try provider.gateway.clientAssertion(now: provider.world.now),
        ]
    }

    private func exchangeForm(_ changes: TestProvider.Changes) async throws -> [String: String] {
        provider.world.advance(1)
        let subject = try #require(try await provider.tokens()["access_token"])
        let form = try credentials().merging([
            "grant_type": TestProvider.exchangeGrant, "subject_token": subject,
            "subject_token_type": TestProvider.accessTokenType, "actor_token_type": Self.jwtType,
            "scope": "orders:read",
        ]) { $1 }
        return TestProvider.changed(form, changes)
    }

    private func exchanged(_ changes: TestProvider.Changes) async throws -> JSONValue {
        let response = await provider.token(try await exchangeForm(changes))
        #expect(response.outcome == "200")
        #expect(response["scope"] == "orders:read")
        return try await provider.verified(response.json?["access_token"]?.text).payload.root
    }
}
