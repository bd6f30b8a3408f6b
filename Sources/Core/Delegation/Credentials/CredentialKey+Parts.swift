import Identity
package import Policy
package import StrictCoding

extension CredentialKey {
    /// A token for the gateway itself.
    package static func clientCredentials(
        _ settings: ClientCredentials, client: ClientRegistration, policyDigest: ByteString
    ) -> CredentialKey {
        var parts = CredentialParts("client_credentials", policyDigest: policyDigest, client: client)
        parts.add(list: settings.scopes.sorted())
        parts.add(optional: settings.audience)
        parts.add(optional: settings.resource)
        return CredentialKey(joined: parts.joined.bytes)
    }

    /// A token for a user. The digest of the access token is always part of it, also where an assertion is exchanged:
    /// a token that was given while one session of the user was good never serves another one.
    ///
    /// - Parameter tokenDigest: SHA-256 of the access token with which the user came.
    package static func exchange(
        _ grant: ExchangeGrant, client: ClientRegistration, tokenDigest: [UInt8], policyDigest: ByteString
    ) -> CredentialKey {
        let settings = grant.settings
        var parts = CredentialParts("exchange", policyDigest: policyDigest, client: client)
        parts.add(grant.mode.rawValue)
        parts.add(settings.flavor.rawValue)
        parts.add(settings.subject.rawValue)
        parts.add(settings.actor.rawValue)
        parts.add(settings.requireAct ? "act" : "")
        parts.add(settings.verification.rawValue)
        parts.add(grant.principal.issuer)
        parts.add(grant.principal.tenant)
        parts.add(grant.principal.subject)
        parts.add(grant.principal.kind.rawValue)
        parts.add(grant.principal.clientID)
        parts.add(grant.principal.agentID)
        // In their order: who acts for whom is part of what a token says.
        parts.add(list: grant.actors.actors.flatMap { [$0.issuer, $0.subject] })
        // Not in theirs: scopes are a set (RFC 6749, section 3.3).
        parts.add(list: grant.scopes.sorted())
        parts.add(optional: settings.audience)
        parts.add(optional: settings.resource)
        parts.add(ByteString(tokenDigest))
        return CredentialKey(joined: parts.joined.bytes)
    }
}

/// The parts of a key in their order. It is fixed for each kind of grant; the first part says which one it is.
private struct CredentialParts {
    private(set) var joined = LengthPrefixed(CredentialKey.label)

    init(_ grant: String, policyDigest: ByteString, client: ClientRegistration) {
        add(grant)
        add(policyDigest)
        add(client.name)
        add(client.clientID)
        // A position, which the policy's digest gives its meaning.
        add(String(client.issuer))
        add(optional: client.tokenEndpoint?.text)
    }

    mutating func add(_ part: ByteString) { joined.add(part) }

    mutating func add(_ part: String) { joined.add(part) }

    mutating func add(list parts: [ByteString]) {
        add(String(parts.count))
        for part in parts { add(part) }
    }

    /// As a list of one or none.
    mutating func add(optional part: ByteString?) {
        add(part == nil ? "0" : "1")
        if let part { add(part) }
    }
}
