import Demo
import HTTPWire
import StrictCoding
import Testing

@Suite struct RegistrationTests {
    @Test func aPublicClientRegistersAndLogsIn() async throws {
        let provider = try TestProvider()
        let response = await register(
            provider,
            """
            {"client_name":"Notebook","redirect_uris":["http://127.0.0.1:19999/callback"],"token_endpoint_auth_method":"none",
             "grant_types":["authorization_code","refresh_token"],"response_types":["code"],"application_type":"native"}
            """)
        #expect(response.status == 201)
        #expect(response["client_secret"] == nil)
        #expect(response["token_endpoint_auth_method"] == "none")
        let id = try #require(response["client_id"])
        let code = try await provider.code("alice", ["client_id": id])
        let tokens = await provider.redeem(code, ["client_id": id])
        #expect(tokens.status == 200)
        #expect(tokens["refresh_token"] != nil)
    }

    @Test(arguments: ["client_secret_post", "client_secret_basic", nil])
    func aConfidentialClientNeedsItsSecret(method: String?) async throws {
        let provider = try TestProvider()
        let member = method.map { ",\"token_endpoint_auth_method\":\"\($0)\"" } ?? ""
        let response = await register(provider, "{\"redirect_uris\":[\"http://127.0.0.1/callback\"]\(member)}")
        let id = try #require(response["client_id"])
        let secret = try #require(response["client_secret"])
        #expect(response.json?["client_secret_expires_at"]?.integer == 0)
        #expect(
            await provider.redeem(try await provider.code("alice", ["client_id": id]), ["client_id": id]).status == 401)
        let tokens = await provider.redeem(
            try await provider.code("alice", ["client_id": id]), ["client_id": id, "client_secret": secret])
        #expect(tokens.status == 200)
        #expect(tokens["refresh_token"] == nil)
    }

    @Test(arguments: [
        ("", "400 invalid_client_metadata"),
        ("[]", "400 invalid_client_metadata"),
        ("{\"redirect_uris\":[\"https://a.example/\"],\"redirect_uris\":[]}", "400 invalid_client_metadata"),
        ("{}", "400 invalid_redirect_uri"),
        ("{\"redirect_uris\":[]}", "400 invalid_redirect_uri"),
        ("{\"redirect_uris\":[1]}", "400 invalid_redirect_uri"),
        ("{\"redirect_uris\":[\"http://app.example/\"]}", "400 invalid_redirect_uri"),
        ("{\"redirect_uris\":[\"cursor://callback\"]}", "400 invalid_redirect_uri"),
        (
            "{\"redirect_uris\":[\"https://a.example/\"],\"token_endpoint_auth_method\":\"private_key_jwt\"}",
            "400 invalid_client_metadata"
        ),
        (
            "{\"redirect_uris\":[\"https://a.example/\"],\"grant_types\":[\"client_credentials\"]}",
            "400 invalid_client_metadata"
        ),
        ("{\"redirect_uris\":[\"https://a.example/\"],\"client_name\":\"\\u0007\"}", "400 invalid_client_metadata"),
        ("{\"redirect_uris\":[\"https://a.example/\"]}", "201"),
    ])
    func onlyUsableMetadataRegisters(body: String, outcome: String) async throws {
        #expect(await register(try TestProvider(), body).outcome == outcome)
    }

    @Test func aRegisteredClientNeverActsInItsOwnName() async throws {
        let provider = try TestProvider()
        let response = await register(
            provider,
            "{\"redirect_uris\":[\"https://a.example/\"],\"grant_types\":[\"authorization_code\",\"client_credentials\"]}"
        )
        #expect(response.json?["grant_types"]?.elements?.compactMap(\.text) == ["authorization_code"])
        let form = ["client_id": response["client_id"] ?? "", "client_secret": response["client_secret"] ?? ""]
        for grant in ["client_credentials", TestProvider.exchangeGrant] {
            #expect(
                await provider.token(form.merging(["grant_type": grant]) { $1 }).outcome == "400 unauthorized_client")
        }
    }

    @Test func theNumberOfRegistrationsIsBounded() async throws {
        let provider = try TestProvider()
        for _ in 0..<512 {
            #expect(await register(provider, "{\"redirect_uris\":[\"https://a.example/\"]}").status == 201)
        }
        #expect(await register(provider, "{\"redirect_uris\":[\"https://a.example/\"]}").status == 400)
    }

    private func register(_ provider: TestProvider, _ body: String) async -> ServiceResponse {
        await provider.service(
            Call.request(.post, "/register", fields: [("Content-Type", "application/json")], body: body))
    }
}
