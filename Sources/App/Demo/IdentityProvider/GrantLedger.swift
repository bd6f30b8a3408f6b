internal import Crypto
internal import StrictCoding

/// What one login granted to one client.
struct Grant: Sendable {
    let clientID: ByteString
    let redirectURI: RedirectURI
    let user: DemoDirectory.User
    let scopes: [ByteString]
    /// Nil when the client did not say at the login for which resource it wants tokens.
    let resource: ByteString?
    let challenge: ByteString
    let nonce: ByteString?
    /// The `sid` of all tokens that come from this login.
    let session: ByteString
    let authenticatedAt: Int64
}

/// All that the authorization server remembers between requests: codes, refresh tokens and revoked sessions.
///
/// Codes and refresh tokens are kept by their digests only. Showing either a second time means that two parties have
/// it, so the whole session ends (RFC 6749, section 4.1.2; RFC 9700, section 4.14.2).
actor GrantLedger {
    static let codeLifetimeSeconds: Int64 = 60
    static let refreshLifetimeSeconds: Int64 = 8 * 3600

    private enum Code {
        case open(Grant, until: Int64)
        case spent(session: ByteString)
    }

    private struct Family {
        let grant: Grant
        /// The digest of the one refresh token that is good now.
        let current: [UInt8]
    }

    private let random: @Sendable (Int) -> [UInt8]
    private var codes = ExpiringTable<Code>(capacity: 1024)
    private var families = ExpiringTable<Family>(capacity: 1024)
    private var revoked = ExpiringTable<Bool>(capacity: 4096)

    init(random: @escaping @Sendable (Int) -> [UInt8]) {
        self.random = random
    }

    // MARK: - Codes

    func issueCode(for grant: Grant, now: Int64) -> ByteString {
        let code = ByteString(Base64URL.encode(random(32)))
        // A spent code is remembered while its tokens live, so that its second use can still end them.
        let remembered = now + Self.codeLifetimeSeconds + TokenMint.lifetimeSeconds
        codes.set(.open(grant, until: now + Self.codeLifetimeSeconds), for: digest(code), until: remembered, now: now)
        return code
    }

    /// Spends the code, whatever the client then makes of it.
    func redeem(_ code: ByteString, now: Int64) throws(OAuthRefusal) -> Grant {
        let key = digest(code)
        switch codes.value(for: key, now: now) {
        case .open(let grant, let until):
            codes.set(.spent(session: grant.session), for: key, until: now + TokenMint.lifetimeSeconds, now: now)
            guard now < until else { throw OAuthRefusal(.invalidGrant, "the code has expired") }
            return grant
        case .spent(let session):
            revoke(session, now: now)
            throw OAuthRefusal(.invalidGrant, "the code was used before, so all tokens of its login are revoked")
        case nil:
            throw OAuthRefusal(.invalidGrant, "the code is unknown or has expired")
        }
    }

    // MARK: - Refresh tokens: "<family>.<secret>"

    /// The first refresh token of a login; nil when the login has been revoked meanwhile.
    func openFamily(for grant: Grant, now: Int64) -> ByteString? {
        guard !isRevoked(grant.session, now: now) else { return nil }
        return rotate(ByteString(Base64URL.encode(random(16))), grant, now: now)
    }

    /// Swaps a refresh token for the next one, unless `check` refuses what the client asks for.
    func renew(
        _ token: ByteString, now: Int64, check: @Sendable (Grant) throws(OAuthRefusal) -> Void
    ) throws(OAuthRefusal) -> (grant: Grant, next: ByteString) {
        let id = ByteString(token.bytes.prefix { $0 != UInt8(ascii: ".") })
        guard let family = families.value(for: id, now: now) else {
            throw OAuthRefusal(.invalidGrant, "the refresh token is unknown, revoked or has expired")
        }
        guard constantTimeEqual(SHA256.digest(token.bytes), family.current) else {
            revoke(family.grant.session, now: now)
            throw OAuthRefusal(.invalidGrant, "the refresh token was used before, so its login is revoked")
        }
        try check(family.grant)
        return (family.grant, rotate(id, family.grant, now: now))
    }

    func isRevoked(_ session: ByteString, now: Int64) -> Bool {
        revoked.value(for: session, now: now) != nil
    }

    // MARK: -

    private func rotate(_ family: ByteString, _ grant: Grant, now: Int64) -> ByteString {
        let token = ByteString(family.bytes + ".".utf8 + Base64URL.encode(random(32)))
        let entry = Family(grant: grant, current: SHA256.digest(token.bytes))
        families.set(entry, for: family, until: now + Self.refreshLifetimeSeconds, now: now)
        return token
    }

    private func revoke(_ session: ByteString, now: Int64) {
        families.removeAll { $0.grant.session == session }
        revoked.set(true, for: session, until: now + TokenMint.lifetimeSeconds, now: now)
    }

    private func digest(_ code: ByteString) -> ByteString {
        ByteString(SHA256.digest(code.bytes))
    }
}
