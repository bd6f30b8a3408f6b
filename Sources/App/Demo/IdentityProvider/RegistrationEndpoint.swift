internal import Crypto
internal import HTTPWire
internal import StrictCoding

/// `/register`: dynamic registration of clients that log users in (RFC 7591).
///
/// A client that registers itself gets codes and refresh tokens, never tokens in its own name: nobody has vouched for
/// it.
struct RegistrationEndpoint: Sendable {
    /// Far above what any client sends.
    private static let limits = JSONLimits(bytes: 16 * 1024, depth: 8, members: 256)

    let clients: ClientRegistry
    let effects: DemoEffects

    func answer(_ request: ServiceRequest) async -> ServiceResponse {
        guard request.method == .post else { return .methodNotAllowed("POST, OPTIONS") }
        do {
            return try await register(request)
        } catch {
            return error.response
        }
    }

    private func register(_ request: ServiceRequest) async throws(OAuthRefusal) -> ServiceResponse {
        guard request.isJSON, let root = try? JSONDocument(parsing: request.body, limits: Self.limits).root,
            root.kind == .object
        else { throw OAuthRefusal(.invalidClientMetadata, "the body is not a JSON object") }

        let redirectURIs = try redirectURIs(root)
        let method = try authenticationMethod(root)
        let grants = try grants(root)
        let secret = method == "none" ? nil : ByteString(Base64URL.encode(effects.random(32)))
        let client = OAuthClient(
            id: ByteString("app-".utf8 + Base64URL.encode(effects.random(12))),
            name: try name(root),
            kind: secret.map { .confidential(secretDigest: SHA256.digest($0.bytes)) } ?? .open,
            grants: Set(grants), redirectURIs: redirectURIs, scopes: [])
        try await clients.add(client)
        return .json(description(of: client, secret: secret, method: method, grants: grants), status: 201)
    }

    private func redirectURIs(_ root: JSONValue) throws(OAuthRefusal) -> [RedirectURI] {
        guard let elements = root["redirect_uris"]?.elements, (1...16).contains(elements.count) else {
            throw OAuthRefusal(.invalidRedirectURI, "`redirect_uris` must list 1 to 16 URIs")
        }
        var uris: [RedirectURI] = []
        for element in elements {
            guard let uri = element.text.flatMap(RedirectURI.init) else {
                throw OAuthRefusal(
                    .invalidRedirectURI, "a redirect URI must be an https URL, or http on a loopback host")
            }
            uris.append(uri)
        }
        return uris
    }

    private func authenticationMethod(_ root: JSONValue) throws(OAuthRefusal) -> ByteString {
        guard let value = root["token_endpoint_auth_method"], !value.isNull else { return "client_secret_basic" }
        guard let method = value.text, ProviderMetadata.registrableMethods.contains(method) else {
            throw OAuthRefusal(.invalidClientMetadata, "`token_endpoint_auth_method` is not supported")
        }
        return method
    }

    /// What was asked for and may be had: the server may leave out the rest (RFC 7591, section 2), and the answer says
    /// so.
    private func grants(_ root: JSONValue) throws(OAuthRefusal) -> [OAuthClient.Grant] {
        guard let value = root["grant_types"], !value.isNull else { return [.authorizationCode] }
        let wanted = value.elements?.compactMap(\.text) ?? []
        let grants = [OAuthClient.Grant.authorizationCode, .refreshToken].filter {
            wanted.contains(ByteString($0.rawValue))
        }
        guard grants.contains(.authorizationCode) else {
            throw OAuthRefusal(.invalidClientMetadata, "`grant_types` must contain `authorization_code`")
        }
        return grants
    }

    private func name(_ root: JSONValue) throws(OAuthRefusal) -> String {
        guard let value = root["client_name"], !value.isNull else { return "An application" }
        guard let name = value.text, name.isPlainText(limit: 100) else {
            throw OAuthRefusal(.invalidClientMetadata, "`client_name` must be 1 to 100 bytes of plain text")
        }
        return name.string
    }

    /// The client information response (RFC 7591, section 3.2.1).
    private func description(
        of client: OAuthClient, secret: ByteString?, method: ByteString, grants: [OAuthClient.Grant]
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("client_id", client.id)
            $0.member("client_id_issued_at", effects.now())
            if let secret {
                $0.member("client_secret", secret)
                $0.member("client_secret_expires_at", 0)
            }
            $0.member("client_name", client.name)
            $0.member("redirect_uris", array: client.redirectURIs.map(\.text))
            $0.member("token_endpoint_auth_method", method)
            $0.member("grant_types", array: grants.map { ByteString($0.rawValue) })
            $0.member("response_types", array: ["code"])
        }
        return writer.bytes
    }
}
