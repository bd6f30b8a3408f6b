import StrictCoding

/// Reads `issuers`, one after the other, and keeps what two of them must not share.
struct IssuerReader {
    private static let mostNameBytes = 255

    /// Names of all issuers, in the order of the file.
    private let names: [ByteString]
    private let publicURL: HTTPURL?
    private var urls: [ByteString: ByteString] = [:]
    /// Label to the issuer that has it.
    private var labels: [ByteString: ByteString] = [:]
    private(set) var secrets = SecretReader()
    private(set) var authorities = IssuerAuthorities()

    init(names: [ByteString], publicURL: HTTPURL?) {
        self.names = names
        self.publicURL = publicURL
    }

    mutating func read(_ name: ByteString, _ field: Field, _ report: inout Report) -> Issuer? {
        guard let section = Section(field, PolicyKeys.issuer, &report) else { return nil }
        let url = section["issuer"].flatMap { issuerURL($0, of: name, &report) }
        let tenant = section["tenant"].flatMap { self.tenant($0, of: name, &report) }
        let profile = section["profile"]?.choice(PolicyWords.profile, &report) ?? .generic
        let audiences = section["audiences"]?.distinctSome(&report) { $0.plainText(limit: 1_024, &$1) }
        let algorithms = section["algorithms"]?.distinctSome(&report) { $0.choice(PolicyWords.algorithm, &$1) }
        let jwksURI = section["jwks_uri"]?.trustedURL(&report)
        let authority = AuthorityReader.read(section["ca"], toward: nil, &secrets, &report)
        if let field = section["ca"] { authorities.add(field, of: name) }
        let allowPrivate = section["allow_private"]?.bool(&report) ?? false
        let source = section["jwks_uri"] ?? section["issuer"]
        source?.checkLeave(for: section["jwks_uri"] == nil ? url : jwksURI, allowPrivate: allowPrivate, &report)
        let subject = section["subject"]?.plainText(limit: Self.mostNameBytes, &report)
        let scopes = section["scopes"]?.plainText(limit: Self.mostNameBytes, &report)
        let shown = section["name"]?.plainText(limit: Self.mostNameBytes, &report)
        guard let url, let tenant else { return nil }
        return Issuer(
            name: name, issuer: url.text, url: url, profile: profile, tenant: tenant, audiences: audiences,
            algorithms: algorithms, jwksURI: jwksURI, allowPrivate: allowPrivate, authority: authority,
            subjectClaim: subject, scopesClaim: scopes, nameClaim: shown)
    }

    private mutating func issuerURL(_ field: Field, of name: ByteString, _ report: inout Report) -> HTTPURL? {
        guard let url = field.trustedURL(&report) else { return nil }
        if let publicURL, Self.isOwn(url, publicURL) {
            report.error(
                field.place, "\(field.quotedPath) is the gateway's own: what it signs could pass as an access token",
                help: "name the identity provider that issues the access tokens")
            return nil
        }
        if let other = urls[url.text] {
            report.error(
                field.place, "\(field.quotedPath) is the URL of issuer \(Quotation.of(other)) already",
                help: "a token's `iss` must lead to one issuer; merge the two")
            return nil
        }
        urls[url.text] = name
        return url
    }

    /// Whether the gateway itself signs in this name: envelopes, tokens for services, statements for authorization
    /// servers.
    private static func isOwn(_ url: HTTPURL, _ publicURL: HTTPURL) -> Bool {
        guard url.origin == publicURL.origin else { return false }
        return ["", "/", "/assertion", "/reissue"].contains(url.path)
    }

    private mutating func tenant(_ field: Field, of name: ByteString, _ report: inout Report) -> Issuer.Tenant? {
        guard case .mapping = field.node.content else {
            return label(field, of: name, &report).map { .label($0) }
        }
        guard let section = Section(field, PolicyKeys.tenant, &report),
            let claim = section["claim"]?.plainText(limit: Self.mostNameBytes, &report)
        else { return nil }
        guard let mapField = section["map"] else {
            return unmapped(claim, field, of: name, &report)
        }
        guard let entries = mapField.entries(&report) else { return nil }
        guard !entries.isEmpty else {
            report.error(mapField.place, "\(mapField.quotedPath) is empty: no token would have a tenant")
            return nil
        }
        var map: [ByteString: ByteString] = [:]
        for entry in entries {
            map[entry.key] = label(mapField.member(entry), of: name, &report)
        }
        return .claim(claim, map: map)
    }

    /// The claim's value as the label. Values of one claim differ, so their labels do; beside another issuer nothing
    /// says so.
    private func unmapped(
        _ claim: ByteString, _ field: Field, of name: ByteString, _ report: inout Report
    ) -> Issuer.Tenant? {
        if let other = names.first(where: { $0 != name }) {
            report.error(
                field.place,
                "\(field.quotedPath) takes any value of claim \(Quotation.of(claim)) as the label, which may be a tenant of issuer \(Quotation.of(other))",
                help: "add `map`, from each value of the claim to a label of its own")
            return nil
        }
        return .claim(claim, map: nil)
    }

    private mutating func label(_ field: Field, of name: ByteString, _ report: inout Report) -> ByteString? {
        guard let label = field.text(&report) else { return nil }
        guard TenantName.isWellFormed(label) else {
            report.error(
                field.place, "\(Quotation.of(label)) is not a tenant label",
                help: "a label begins with `a` to `z` or a digit and goes on with these and `-`, at most 63 in all")
            return nil
        }
        if let owner = labels[label] {
            let holder = owner == name ? "another value of the same claim" : "issuer \(Quotation.of(owner))"
            report.error(
                field.place, "tenant \(Quotation.of(label)) belongs to \(holder) already",
                help: "two users of different tenants would become one; give each a label of its own")
            return nil
        }
        labels[label] = name
        return label
    }
}

/// Labels of tenants: `[a-z0-9][a-z0-9-]{0,62}`.
enum TenantName {
    static func isWellFormed(_ label: ByteString) -> Bool {
        guard (1...63).contains(label.count), label.bytes.first != UInt8(ascii: "-") else { return false }
        return label.bytes.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
    }
}
