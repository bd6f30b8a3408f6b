internal import JOSE
internal import StrictCoding

/// What others sign for this server alone: that they are a client (RFC 7523, section 2.2), or who acts through one (the
/// `actor_token` of RFC 8693). Short-lived, and each is good once.
actor SignedStatements {
    /// Longest life of a statement; also how long its `jti` is remembered.
    static let lifetimeSeconds: Int64 = 300
    /// How far another clock may be ahead.
    static let leewaySeconds: Int64 = 30

    /// What `aud` must be, alone: the issuer identifier, which no other server shares, and not an endpoint's URL.
    private let audience: ByteString
    /// `iss` and `jti` of statements that were used.
    private var used = ExpiringTable<Bool>(capacity: 8192)

    init(issuer: ByteString) {
        audience = issuer
    }

    /// Who a statement says made it, to find the keys to verify it with: proof of nothing.
    static func issuer(of statement: ByteString) -> ByteString? {
        let parts = statement.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, statement.count <= UnverifiedJWS.tokenBytes,
            let payload = try? Base64URL.decode(parts[1]),
            let root = try? JSONDocument(parsing: payload, limits: .token).root
        else { return nil }
        return root["iss"]?.text
    }

    /// The claims of a statement that is `maker`'s, for this server, and was not seen before.
    ///
    /// - Parameter statement: with a signature by a key of `maker`.
    func accept(_ statement: VerifiedJWS, by maker: ByteString, now: Int64) throws(OAuthRefusal) -> JSONValue {
        let claims = statement.payload.root
        guard claims["iss"]?.text == maker else { throw Self.refusal("was made by somebody else") }
        guard isForThisServer(claims["aud"]) else { throw Self.refusal("must have this issuer as its only `aud`") }
        guard let expires = claims["exp"]?.integer, now < expires, expires <= now + Self.lifetimeSeconds,
            isPast(claims["nbf"], now), isPast(claims["iat"], now)
        else {
            throw Self.refusal("has expired, is not good yet, or lives longer than \(Self.lifetimeSeconds) seconds")
        }
        guard let id = claims["jti"]?.text, id.isPlainText(limit: 255) else { throw Self.refusal("has no `jti`") }
        // Neither part holds a NUL, so that no two pairs make one key.
        let key = ByteString(maker.bytes + [0] + id.bytes)
        guard used.value(for: key, now: now) == nil else { throw Self.refusal("was used before") }
        used.set(true, for: key, until: expires, now: now)
        return claims
    }

    static func refusal(_ what: String) -> OAuthRefusal {
        OAuthRefusal(.invalidClient, "the signed statement \(what)")
    }

    private func isForThisServer(_ value: JSONValue?) -> Bool {
        if let text = value?.text { return text == audience }
        guard let elements = value?.elements else { return false }
        return elements.count == 1 && elements[0].text == audience
    }

    private func isPast(_ value: JSONValue?, _ now: Int64) -> Bool {
        guard let value else { return true }
        guard let time = value.integer else { return false }
        return time <= now + Self.leewaySeconds
    }
}
