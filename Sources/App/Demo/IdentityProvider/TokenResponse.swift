internal import StrictCoding

/// A successful answer of the token endpoint (RFC 6749, section 5.1; RFC 8693, section 2.2.1).
struct TokenResponse: Sendable {
    let accessToken: ByteString
    let expiresIn: Int64
    /// Always told, since it may be less than what was asked for.
    let scopes: [ByteString]
    var refreshToken: ByteString?
    var idToken: ByteString?
    var issuedTokenType: ByteString?

    init(accessToken: ByteString, expiresIn: Int64, scopes: [ByteString]) {
        self.accessToken = accessToken
        self.expiresIn = expiresIn
        self.scopes = scopes
    }

    var json: [UInt8] {
        var writer = JSONWriter(reserving: 1024)
        writer.object {
            $0.member("access_token", accessToken)
            if let issuedTokenType { $0.member("issued_token_type", issuedTokenType) }
            $0.member("token_type", "Bearer")
            $0.member("expires_in", expiresIn)
            $0.member("scope", ScopeList.text(scopes))
            if let refreshToken { $0.member("refresh_token", refreshToken) }
            if let idToken { $0.member("id_token", idToken) }
        }
        return writer.bytes
    }
}
