import Demo
import HTTPWire
import StrictCoding
import Testing

@Suite struct AuthorizationTests {
    @Test func theLoginPageIsAFormThatSubmitsToACode() async throws {
        let provider = try TestProvider()
        let page = await provider.get("/authorize?\(Call.form(TestProvider.authorizationRequest))")
        #expect(page.status == 200)
        #expect(page.field("Content-Security-Policy")?.contains("frame-ancestors 'none'") == true)
        #expect(page.field("Cache-Control") == "no-store")
        for part in [
            "lang=\"en\"", "<label for=\"username\">", "name=\"password\" type=\"password\"", "name=\"submit\"",
            "alice-demo",
        ] {
            #expect(page.text.contains(part))
        }

        let signed = try #require(hiddenField(of: page))
        let response = await provider.post(
            "/authorize", ["signed_request": signed, "username": "alice", "password": "alice-demo", "submit": "allow"])
        #expect(response.status == 303)
        #expect(response.field("Location")?.hasPrefix("http://127.0.0.1:53124/callback?code=") == true)
        let answer = try TestProvider.answer(response)
        #expect(answer["state"] == "xyz&1")
        #expect(answer["iss"] == ByteString(TestProvider.issuer))
        #expect(await provider.redeem(answer["code"]?.string ?? "").status == 200)
    }

    @Test func oneLineOfCurlGetsACode() async throws {
        let provider = try TestProvider()
        let response = await provider.login()
        #expect(response.status == 303)
        #expect(try TestProvider.answer(response)["code"] != nil)
    }

    @Test(arguments: [("alice", "wrong"), ("alice", ""), ("alice", "bob-demo"), ("nobody", "alice-demo"), ("", "")])
    func aWrongPasswordShowsThePageAgain(user: String, password: String) async throws {
        let response = await (try TestProvider()).login(user, password: password)
        #expect(response.status == 403)
        #expect(response.field("Location") == nil)
        #expect(response.text.contains("role=\"alert\""))
        #expect(response.text.contains("name=\"signed_request\""))
    }

    @Test(
        arguments: [
            ["client_id": "nobody"], ["client_id": nil], ["client_id": "demo-agent"], ["redirect_uri": nil],
            ["redirect_uri": "http://127.0.0.1:53124/other"], ["redirect_uri": "https://evil.example/callback"],
            ["redirect_uri": "http://127.0.0.1:53124/callback#x"],
        ] as [TestProvider.Changes])
    func anUnknownClientOrRedirectIsNeverRedirectedTo(changes: TestProvider.Changes) async throws {
        let provider = try TestProvider()
        let query = Call.form(TestProvider.changed(TestProvider.authorizationRequest, changes))
        for response in [await provider.get("/authorize?\(query)"), await provider.login("alice", changes)] {
            #expect(response.status == 400)
            #expect(response.field("Location") == nil)
        }
    }

    @Test(
        arguments: [
            (["response_type": nil], "invalid_request"),
            (["response_type": "token"], "unsupported_response_type"),
            (["response_mode": "fragment"], "invalid_request"),
            (["code_challenge": nil], "invalid_request"),
            (["code_challenge_method": nil], "invalid_request"),
            (["code_challenge_method": "plain"], "invalid_request"),
            (["code_challenge": "short"], "invalid_request"),
            (["code_challenge": String(repeating: "=", count: 43)], "invalid_request"),
            (["resource": "http://127.0.0.1:8080/mcp/unknown"], "invalid_target"),
            (["resource": TestProvider.resource + "/"], "invalid_target"),
            (["scope": "orders:read  balance:read"], "invalid_scope"),
            (["scope": "a\"b"], "invalid_scope"),
            (["prompt": "none"], "login_required"),
            (["request": "eyJ"], "request_not_supported"),
        ] as [(TestProvider.Changes, String)])
    func aBadRequestIsToldToItsClient(changes: TestProvider.Changes, error: String) async throws {
        let provider = try TestProvider()
        let query = Call.form(TestProvider.changed(TestProvider.authorizationRequest, changes))
        for response in [await provider.get("/authorize?\(query)"), await provider.login("alice", changes)] {
            let answer = try TestProvider.answer(response)
            #expect(response.status == 303)
            #expect(answer["error"] == ByteString(error))
            #expect(answer["state"] == "xyz&1")
            #expect(answer["iss"] == ByteString(TestProvider.issuer))
            #expect(answer["code"] == nil)
        }
    }

    @Test func cancellingIsToldToTheClient() async throws {
        let provider = try TestProvider()
        let query = Call.form(TestProvider.authorizationRequest)
        let response = await provider.post("/authorize?\(query)", ["submit": "deny"])
        #expect(try TestProvider.answer(response)["error"] == "access_denied")
    }

    @Test func aScopeThatTheUserDoesNotHaveCannotBeTheOnlyOne() async throws {
        let response = await (try TestProvider()).login("bob", ["scope": "orders:write"])
        #expect(try TestProvider.answer(response)["error"] == "invalid_scope")
    }

    @Test func anAlteredOrOldPageIsRefused() async throws {
        let provider = try TestProvider()
        let page = await provider.get("/authorize?\(Call.form(TestProvider.authorizationRequest))")
        let signed = try #require(hiddenField(of: page))
        let login = ["username": "alice", "password": "alice-demo"]
        for altered in ["", "x", signed + "A", "9" + signed, signed.replacing(".", with: "..")] {
            let form = login.merging(["signed_request": altered.isEmpty ? "." : altered]) { $1 }
            #expect(await provider.post("/authorize", form).status == 400)
        }
        provider.world.advance(601)
        #expect(await provider.post("/authorize", login.merging(["signed_request": signed]) { $1 }).status == 400)
    }

    @Test(arguments: [("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("none", 303)])
    func aFormOfAnotherSiteIsRefused(site: String, status: Int) async throws {
        let response = await (try TestProvider()).post(
            "/authorize?\(Call.form(TestProvider.authorizationRequest))",
            ["username": "alice", "password": "alice-demo"],
            fields: [("Sec-Fetch-Site", site)])
        #expect(response.status == status)
    }

    @Test func repeatedParametersAreRefused() async throws {
        let query = Call.form(TestProvider.authorizationRequest) + "&state=other"
        #expect(await (try TestProvider()).get("/authorize?\(query)").status == 400)
    }

    @Test func whatComesFromOutsideIsEscapedOnThePage() async throws {
        let provider = try TestProvider()
        let registered = await provider.service(
            Call.request(
                .post, "/register", fields: [("Content-Type", "application/json")],
                body:
                    #"{"client_name":"<b onclick='x'>\"&","redirect_uris":["http://127.0.0.1/c"],"token_endpoint_auth_method":"none"}"#
            ))
        let id = try #require(registered["client_id"])
        let request = TestProvider.changed(
            TestProvider.authorizationRequest, ["client_id": id, "redirect_uri": "http://127.0.0.1/c", "scope": "<i>"])
        let page = await provider.get("/authorize?\(Call.form(request))")
        #expect(page.text.contains("&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;"))
        #expect(page.text.contains("&lt;i&gt;"))
        #expect(!page.text.contains("<b onclick"))
    }

    private func hiddenField(of page: ServiceResponse) -> String? {
        let start = "name=\"signed_request\" value=\""
        guard let range = page.text.firstRange(of: start) else { return nil }
        return String(page.text[range.upperBound...].prefix { $0 != "\"" })
    }
}
