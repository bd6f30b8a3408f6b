import Crypto
import Demo
import HTTPCodec
import HTTPWire
import JOSE
import StrictCoding

/// The identity provider in a test world, and a client that knows its way around.
struct TestProvider: Sendable {
    static let issuer = "http://127.0.0.1:9000"
    static let resource = "http://127.0.0.1:8080/mcp/orders"
    static let otherResource = "http://127.0.0.1:8080/mcp/other"
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    static let exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"
    static let accessTokenType = "urn:ietf:params:oauth:token-type:access_token"

    let world = TestWorld()
    let gateway: TestGateway
    let service: Service

    init(targets: [ByteString] = ["orders-api", "https://orders.example/api"]) throws {
        gateway = try TestGateway()
        service = try DemoIdentityProvider(
            issuer: ByteString(Self.issuer), resources: [ByteString(Self.resource), ByteString(Self.otherResource)],
            targets: targets, gateway: gateway.trusted, key: .generate(), effects: world.effects
        ).service
    }

    /// A good authorization request of the demo's command line.
    static let authorizationRequest = [
        "response_type": "code", "client_id": "demo-cli", "redirect_uri": "http://127.0.0.1:53124/callback",
        "scope": "orders:read balance:read", "state": "xyz&1", "resource": resource, "code_challenge": challenge,
        "code_challenge_method": "S256",
    ]

    /// Changes to a good request; nil leaves a parameter out.
    typealias Changes = [String: String?]

    static func changed(_ parameters: [String: String], _ changes: Changes) -> [String: String] {
        var result = parameters
        for (name, value) in changes { result[name] = value }
        return result
    }

    func get(_ target: String, fields: [(String, String)] = []) async -> ServiceResponse {
        await service(Call.request(.get, target, fields: fields))
    }

    func post(_ target: String, _ form: [String: String], fields: [(String, String)] = []) async -> ServiceResponse {
        await service(
            Call.request(
                .post, target, fields: [("Content-Type", "application/x-www-form-urlencoded")] + fields,
                body: Call.form(form)))
    }

    /// Logs in as curl does: the form's fields in the body, the request in the query.
    func login(_ user: String = "alice", password: String? = nil, _ changes: Changes = [:]) async -> ServiceResponse {
        let query = Call.form(Self.changed(Self.authorizationRequest, changes))
        return await post("/authorize?\(query)", ["username": user, "password": password ?? "\(user)-demo"])
    }

    /// The parameters that the browser takes back to the client.
    static func answer(_ response: ServiceResponse) throws -> FormParameters {
        let query = response.field("Location")?.split(separator: "?", maxSplits: 1).last ?? ""
        return try FormParameters(parsing: Array(query.utf8))
    }

    func code(_ user: String = "alice", _ changes: Changes = [:]) async throws -> String {
        try Self.answer(await login(user, changes))["code"]?.string ?? "no code"
    }

    func token(_ form: [String: String], basic: String? = nil) async -> ServiceResponse {
        let fields = basic.map { [("Authorization", "Basic \(Self.base64($0))")] } ?? []
        return await post("/token", form, fields: fields)
    }

    func redeem(_ code: String, _ changes: Changes = [:]) async -> ServiceResponse {
        let form = [
            "grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1:53124/callback",
            "client_id": "demo-cli", "code_verifier": Self.verifier,
        ]
        return await token(Self.changed(form, changes))
    }

    /// The token response of a whole login.
    func tokens(_ user: String = "alice", _ changes: Changes = [:]) async throws -> ServiceResponse {
        await redeem(try await code(user, changes))
    }

    func exchange(_ subjectToken: String, _ changes: Changes = [:], basic: String = "demo-agent:demo-agent-secret")
        async
        -> ServiceResponse
    {
        let form = [
            "grant_type": Self.exchangeGrant, "subject_token": subjectToken, "subject_token_type": Self.accessTokenType,
            "audience": "orders-api", "scope": "orders:read",
        ]
        return await token(Self.changed(form, changes), basic: basic)
    }

    /// The token, verified with the published keys.
    func verified(_ token: ByteString?) async throws -> VerifiedJWS {
        let keys = try KeySet(parsing: Array(await get("/jwks").text.utf8))
        return try UnverifiedJWS(compact: token?.bytes ?? []).verify(with: keys, allowing: [.es256])
    }

    static func base64(_ text: String) -> String {
        let encoded = String(decoding: Base64URL.encode(Array(text.utf8)), as: UTF8.self)
            .replacing("-", with: "+").replacing("_", with: "/")
        return encoded + String(repeating: "=", count: (4 - encoded.count % 4) % 4)
    }
}

extension ServiceResponse {
    subscript(_ name: StaticString) -> String? { json?[name]?.text?.string }
}
