import Demo
import HTTPCodec
import HTTPWire
import StrictCoding

/// The downstream APIs in a test world, with the tokens that they accept.
struct TestAPI: Sendable {
    let provider: TestProvider
    let service: Service

    init() throws {
        let provider = try TestProvider(targets: ["orders-api", "billing-api"])
        self.provider = provider
        service =
            DemoDownstreamAPI(
                provider: ByteString(TestProvider.issuer), gateway: ByteString(TestGateway.publicURL),
                client: provider.gateway.webClient { await provider.get($0) }, effects: provider.world.effects)!.service
    }

    func call(
        _ method: HTTPCodec.Method, _ target: String, token: String? = nil, fields: [(String, String)] = [],
        body: String = ""
    ) async -> ServiceResponse {
        let credential = token.map { [("Authorization", "Bearer \($0)")] } ?? []
        return await service(Call.request(method, target, fields: credential + fields, body: body))
    }

    func get(_ target: String, token: String? = nil, fields: [(String, String)] = []) async -> ServiceResponse {
        await call(.get, target, token: token, fields: fields)
    }

    /// What `/calls` shows last.
    func lastCall() async -> JSONValue? {
        await get("/calls?last=1").json?["calls"]?.elements?.first
    }

    // MARK: - Tokens

    func delegated(_ user: String = "alice", scope: String = "orders:read") async throws -> String {
        let subject = try await provider.tokens(user, ["scope": scope])["access_token"] ?? ""
        let form = try Self.clientForm(provider, jti: subject).merging([
            "grant_type": TestProvider.exchangeGrant, "subject_token": subject,
            "subject_token_type": TestProvider.accessTokenType, "audience": "orders-api", "scope": scope,
            "actor_token": try provider.gateway.actorToken(
                now: provider.world.now, ["jti": TestGateway.text("a" + subject.suffix(20))]),
            "actor_token_type": "urn:ietf:params:oauth:token-type:jwt",
        ]) { $1 }
        return await provider.token(form)["access_token"] ?? "none"
    }

    func service(audience: String = "billing-api") async throws -> String {
        let form = try Self.clientForm(provider, jti: audience).merging([
            "grant_type": "client_credentials", "audience": audience, "scope": "balance:read",
        ]) { $1 }
        return await provider.token(form)["access_token"] ?? "none"
    }

    func reissued(_ changes: TestGateway.Claims = [:], type: String = "at+jwt") throws -> String {
        try provider.gateway.reissued(now: provider.world.now, changes, type: type)
    }

    private static func clientForm(_ provider: TestProvider, jti: String) throws -> [String: String] {
        let assertion = try provider.gateway.clientAssertion(
            now: provider.world.now, ["jti": TestGateway.text(String(jti.suffix(20)))])
        return [
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        ]
    }
}
