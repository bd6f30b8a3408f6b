internal import StrictCoding

/// The discovery document, the same for RFC 8414 and OpenID Connect Discovery.
enum ProviderMetadata {
    /// Scopes about the login itself, which every user has.
    static let loginScopes: [ByteString] = ["openid", "profile"]
    /// How a client may authenticate that registers itself.
    static let registrableMethods: [ByteString] = ["none", "client_secret_basic", "client_secret_post"]

    static func document(issuer: ByteString, resources: [ByteString]) -> [UInt8] {
        func url(_ path: String) -> ByteString { ByteString(issuer.bytes + path.utf8) }
        var writer = JSONWriter(reserving: 2048)
        writer.object {
            $0.member("issuer", issuer)
            $0.member("authorization_endpoint", url("/authorize"))
            $0.member("token_endpoint", url("/token"))
            $0.member("jwks_uri", url("/jwks"))
            $0.member("registration_endpoint", url("/register"))
            $0.member("scopes_supported", array: loginScopes + DemoDirectory.scopes)
            $0.member("response_types_supported", array: ["code"])
            $0.member("response_modes_supported", array: ["query"])
            $0.member("grant_types_supported", array: OAuthClient.Grant.allCases.map { ByteString($0.rawValue) })
            $0.member("token_endpoint_auth_methods_supported", array: registrableMethods + ["private_key_jwt"])
            $0.member("token_endpoint_auth_signing_alg_values_supported", array: ["ES256"])
            $0.member("code_challenge_methods_supported", array: ["S256"])
            $0.member("authorization_response_iss_parameter_supported", true)
            $0.member("protected_resources", array: resources)
            $0.member("subject_types_supported", array: ["public"])
            $0.member("id_token_signing_alg_values_supported", array: ["ES256"])
            $0.member(
                "claims_supported",
                array: ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "sid", "tenant", "name"])
            $0.member("request_parameter_supported", false)
            $0.member("request_uri_parameter_supported", false)
        }
        return writer.bytes
    }
}
