internal import Crypto
internal import JOSE
internal import StrictCoding

/// What an access token says.
struct AccessClaims: Sendable {
    var subject: ByteString
    var name: String
    var audiences: [ByteString]
    var clientID: ByteString
    var scopes: [ByteString]
    /// The login; nil for a client that acts in its own name.
    var session: ByteString?
    /// The JSON text of an `act` claim (RFC 8693, section 4.1).
    var actor: [UInt8]?
}

/// Makes and verifies tokens: access tokens of RFC 9068 and ID tokens of OpenID Connect, signed with ES256.
struct TokenMint: Sendable {
    static let lifetimeSeconds: Int64 = 600

    let issuer: ByteString
    let effects: DemoEffects
    private let key: SigningKey
    private let keyID: ByteString
    private let keySet: KeySet
    /// The public half, as a JWK Set (RFC 7517).
    let jwks: [UInt8]

    init(issuer: ByteString, key: SigningKey, effects: DemoEffects) throws(CryptoError) {
        self.issuer = issuer
        self.effects = effects
        self.key = key
        keyID = ByteString(key.thumbprint.bytes.prefix(16))
        keySet = KeySet([try JSONWebKey(key, kid: keyID)])
        jwks = Array(#"{"keys":["#.utf8) + key.jwk(kid: keyID) + Array("]}".utf8)
    }

    /// - Parameter notAfter: an earlier end of life, for a token that is derived from another.
    func accessToken(
        _ claims: AccessClaims, now: Int64, notAfter: Int64 = .max
    ) throws(OAuthRefusal) -> (token: ByteString, expiresIn: Int64) {
        let expires = min(now + Self.lifetimeSeconds, notAfter)
        var writer = JSONWriter(reserving: 512)
        writer.object {
            $0.member("iss", issuer)
            $0.member("sub", claims.subject)
            if claims.audiences.count == 1 {
                $0.member("aud", claims.audiences[0])
            } else {
                $0.member("aud", array: claims.audiences)
            }
            $0.member("client_id", claims.clientID)
            $0.member("scope", ScopeList.text(claims.scopes))
            $0.member("iat", now)
            $0.member("exp", expires)
            $0.member("jti", ByteString(Base64URL.encode(effects.random(16))))
            if let session = claims.session { $0.member("sid", session) }
            $0.member("tenant", DemoDirectory.tenant)
            $0.member("name", claims.name)
            if let actor = claims.actor {
                $0.name("act")
                $0.raw(actor)
            }
        }
        return (try sign(writer.bytes, type: "at+jwt"), expires - now)
    }

    /// Says to the client who logged in (OpenID Connect Core, section 2).
    func idToken(for grant: Grant, now: Int64) throws(OAuthRefusal) -> ByteString {
        var writer = JSONWriter(reserving: 512)
        writer.object {
            $0.member("iss", issuer)
            $0.member("sub", grant.user.id)
            $0.member("aud", grant.clientID)
            $0.member("iat", now)
            $0.member("exp", now + Self.lifetimeSeconds)
            $0.member("auth_time", grant.authenticatedAt)
            if let nonce = grant.nonce { $0.member("nonce", nonce) }
            $0.member("sid", grant.session)
            $0.member("tenant", DemoDirectory.tenant)
            $0.member("name", grant.user.name)
        }
        return try sign(writer.bytes, type: "JWT")
    }

    /// The claims of an access token that was made here and has not expired.
    func verify(_ token: ByteString, now: Int64) throws(OAuthRefusal) -> (claims: AccessClaims, expires: Int64) {
        guard let root = verifiedPayload(of: token), root["iss"]?.text == issuer,
            let expires = root["exp"]?.integer, now < expires,
            let subject = root["sub"]?.text, let name = root["name"]?.text,
            let clientID = root["client_id"]?.text, let scope = root["scope"]?.text
        else {
            throw OAuthRefusal(
                .invalidRequest, "`subject_token` is not an access token of this server that is still good")
        }
        let audiences = root["aud"]?.text.map { [$0] } ?? root["aud"]?.elements?.compactMap(\.text) ?? []
        let claims = AccessClaims(
            subject: subject, name: name.string, audiences: audiences, clientID: clientID,
            scopes: scope.isEmpty ? [] : try ScopeList.parse(scope) ?? [],
            session: root["sid"]?.text, actor: root["act"].map { Array($0.source) })
        return (claims, expires)
    }

    private func verifiedPayload(of token: ByteString) -> JSONValue? {
        guard let jws = try? UnverifiedJWS(compact: token.bytes).verify(with: keySet, allowing: [.es256]),
            jws.type == "at+jwt"
        else { return nil }
        return jws.payload.root
    }

    private func sign(_ payload: [UInt8], type: ByteString) throws(OAuthRefusal) -> ByteString {
        var header = JSONWriter(reserving: 96)
        header.object {
            $0.member("alg", "ES256")
            $0.member("typ", type)
            $0.member("kid", keyID)
        }
        do {
            return ByteString(try JWSSigning.compact(header: header.bytes, payload: payload, key: key))
        } catch {
            throw OAuthRefusal(.serverError, "the token could not be signed")
        }
    }
}
