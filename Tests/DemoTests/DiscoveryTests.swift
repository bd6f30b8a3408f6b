import Demo
import HTTPCodec
import StrictCoding
import Testing

@Suite struct DiscoveryTests {
    @Test(arguments: ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
    func bothDocumentsSayTheSame(path: String) async throws {
        let response = await (try TestProvider()).get(path, fields: [("MCP-Protocol-Version", "2025-06-18")])
        let document = try #require(response.json)
        #expect(response.status == 200)
        #expect(response.field("Content-Type") == "application/json")
        #expect(response.field("Access-Control-Allow-Origin") == "*")
        #expect(document["issuer"]?.text == "http://127.0.0.1:9000")
        #expect(document["authorization_endpoint"]?.text == "http://127.0.0.1:9000/authorize")
        #expect(document["token_endpoint"]?.text == "http://127.0.0.1:9000/token")
        #expect(document["jwks_uri"]?.text == "http://127.0.0.1:9000/jwks")
        #expect(document["registration_endpoint"]?.text == "http://127.0.0.1:9000/register")
        #expect(document["code_challenge_methods_supported"]?.elements?.compactMap(\.text) == ["S256"])
        #expect(document["authorization_response_iss_parameter_supported"]?.bool == true)
        #expect(
            document["grant_types_supported"]?.elements?.compactMap(\.text) == [
                "authorization_code", "refresh_token", "client_credentials", ByteString(TestProvider.exchangeGrant),
            ])
    }

    @Test func theKeySetHoldsOnePublicKey() async throws {
        let response = await (try TestProvider()).get("/jwks")
        let keys = try #require(response.json?["keys"]?.elements)
        #expect(keys.count == 1)
        #expect(keys[0].members?.map(\.name.string).sorted() == ["alg", "crv", "kid", "kty", "use", "x", "y"])
        #expect(response.field("Cache-Control") == "max-age=300")
    }

    @Test(arguments: [
        (Method.options, "/.well-known/openid-configuration", 204), (.options, "/jwks", 204), (.options, "/token", 204),
        (.options, "/register", 204), (.head, "/jwks", 200), (.post, "/jwks", 405), (.get, "/token", 405),
        (.get, "/register", 405),
        (.put, "/authorize", 405), (.get, "/login.css", 200), (.get, "/", 404), (.get, "/tokens", 404),
        (.get, "/.well-known/oauth-protected-resource", 404),
    ])
    func eachPathKnowsItsMethods(method: Method, path: String, status: Int) async throws {
        let response = await (try TestProvider()).service(Call.request(method, path))
        #expect(response.status == status)
        #expect((response.field("Allow") != nil) == (status == 405))
        if method == .options {
            #expect(response.field("Access-Control-Allow-Headers")?.contains("Authorization") == true)
        }
    }
}
