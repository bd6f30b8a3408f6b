import Policy
import StrictCoding

/// What a token must be to serve a request, and how it must show that.
struct TokenExpectation: Sendable {
    /// The user for whom it must be; `nil` for the gateway's own account.
    let subject: ByteString?
    /// Names of the one API for which it must be; it needs to name one of them.
    let targets: [ByteString]
    let scopes: RequestedScopes
    let requiresActor: Bool
    /// `nil` for the gateway's own account, where it is enough that the issuer gave it.
    let verification: TokenExchange.Verification?
    /// Whether the answer says which kind of token it holds (RFC 8693, section 2.2.1).
    let namesIssuedType: Bool

    init(_ grant: CredentialGrant) {
        switch grant {
        case .clientCredentials(let settings):
            subject = nil
            targets = [settings.audience, settings.resource].compactMap(\.self)
            scopes = RequestedScopes(settings.scopes)
            requiresActor = false
            verification = nil
            namesIssuedType = false
        case .exchange(let grant):
            subject = grant.principal.subject
            targets = [grant.settings.audience, grant.settings.resource].compactMap(\.self)
            scopes = RequestedScopes(grant.scopes, flavor: grant.settings.flavor)
            requiresActor = grant.settings.requireAct
            verification = grant.settings.verification
            namesIssuedType = grant.settings.flavor == .rfc8693
        }
    }

    var isForUser: Bool { subject != nil }
}

/// The scopes that were asked for, as a bound for those that come back.
struct RequestedScopes: Sendable {
    let scopes: [ByteString]
    private let flavor: TokenExchange.Flavor?

    init(_ scopes: [ByteString], flavor: TokenExchange.Flavor? = nil) {
        self.scopes = scopes
        self.flavor = flavor
    }

    func cover(_ returned: [ByteString]) -> Bool {
        returned.allSatisfy { scope in scopes.contains { covers($0, scope) } }
    }

    /// Entra asks for `<api>/<permission>` without regard to case, and its tokens name the permission alone;
    /// `<api>/.default` asks for all that was consented to at this API.
    private func covers(_ requested: ByteString, _ returned: ByteString) -> Bool {
        guard flavor == .entraOBO else { return requested == returned }
        let (asked, given) = (requested.bytes.asciiLowercased(), returned.bytes.asciiLowercased())
        if asked == given { return true }
        guard let slash = asked.lastIndex(of: UInt8(ascii: "/")) else { return false }
        let isBare = !given.contains(UInt8(ascii: "/"))
        if asked[slash...].elementsEqual("/.default".utf8) { return isBare || given.starts(with: asked[...slash]) }
        return isBare && given.elementsEqual(asked[(slash + 1)...])
    }
}
