package import Crypto
package import HTTPWire
package import StrictCoding
internal import Synchronization

/// A small authorization server with two users, for trying things out: OpenID Connect and OAuth 2.1 with discovery,
/// PKCE, resource indicators, refresh tokens, client credentials, token exchange and dynamic registration.
///
/// It is honest (every check is made and nothing is a stub) but it is for loopback only: its passwords are on its login
/// page, and all its state is in memory.
package struct DemoIdentityProvider: Sendable {
    private let metadata: [UInt8]
    private let jwks: [UInt8]
    private let authorization: AuthorizationEndpoint
    private let token: TokenEndpoint
    private let registration: RegistrationEndpoint
    private let outage = Outage()

    /// - Parameters:
    ///   - issuer: an origin such as `http://127.0.0.1:9000`, without a slash at its end.
    ///   - resources: what access tokens may be for (RFC 8707); the first is meant when a client names none.
    ///   - targets: what tokens of clients may be for, exchanged or in their own name: names or URLs.
    ///   - gateway: the client `DemoDirectory.gatewayID`.
    ///   - key: signs all tokens.
    package init(
        issuer: ByteString, resources: [ByteString], targets: [ByteString], gateway: TrustedGateway, key: SigningKey,
        effects: DemoEffects
    ) throws(CryptoError) {
        precondition(!resources.isEmpty, "an authorization server without resources issues nothing")
        let clients = ClientRegistry(known: DemoDirectory.clients + [DemoDirectory.gateway(keys: gateway.clientKeys)])
        let ledger = GrantLedger(random: effects.random)
        let mint = try TokenMint(issuer: issuer, key: key, effects: effects)
        metadata = ProviderMetadata.document(issuer: issuer, resources: resources)
        jwks = mint.jwks
        authorization = AuthorizationEndpoint(
            issuer: issuer, resources: resources, clients: clients, ledger: ledger,
            requests: SignedRequest(key: SecretBytes(effects.random(32))), effects: effects)
        token = TokenEndpoint(
            resources: resources, targets: targets,
            authentication: ClientAuthentication(clients: clients, statements: SignedStatements(issuer: issuer)),
            gateway: gateway, ledger: ledger, mint: mint, effects: effects)
        registration = RegistrationEndpoint(clients: clients, effects: effects)
    }

    /// Answers requests; mount it on the issuer's address.
    package var service: Service {
        { request in await answer(request) }
    }

    private func answer(_ request: ServiceRequest) async -> ServiceResponse {
        switch request.pathBytes {
        case "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration":
            return document(metadata, request)
        case "/jwks":
            return document(jwks, request)
        case "/token":
            if outage.isOn { return .text("out of order, by PUT /outage", status: 503) }
            return request.method == .options ? .preflight("POST") : await token.answer(request).readableByAnyOrigin
        case "/register":
            return request.method == .options
                ? .preflight("POST") : await registration.answer(request).readableByAnyOrigin
        case "/authorize":
            return await authorization.answer(request)
        case "/outage":
            return outage.answer(request)
        case "/login.css":
            return .text(LoginPage.stylesheet, type: "text/css; charset=utf-8")
        default:
            return .notFound
        }
    }

    /// What everybody may read and keep for five minutes.
    private func document(_ json: [UInt8], _ request: ServiceRequest) -> ServiceResponse {
        switch request.method {
        case .get, .head: .json(json, cacheControl: "max-age=300").readableByAnyOrigin
        case .options: .preflight("GET, HEAD")
        default: .methodNotAllowed("GET, HEAD, OPTIONS")
        }
    }
}

/// For seeing what happens when no tokens can be had: between `PUT /outage` and `DELETE /outage` the token endpoint
/// answers 503.
private final class Outage: Sendable {
    private let state = Mutex(false)

    var isOn: Bool { state.withLock { $0 } }

    func answer(_ request: ServiceRequest) -> ServiceResponse {
        switch request.method {
        case .put: state.withLock { $0 = true }
        case .delete: state.withLock { $0 = false }
        default: return .methodNotAllowed("PUT, DELETE")
        }
        return ServiceResponse(status: 204)
    }
}
