import StrictCoding

/// Reads `services.V.reissue`.
struct ReissueReader {
    /// A token that nobody can revoke is short-lived; less than 5 s does not survive the clocks of two machines.
    private static let lifetimeRange = 5...120

    let gateway: GatewaySettings
    let callers: ServiceCallers

    func read(_ field: Field, _ report: inout Report) -> Reissue? {
        guard let section = Section(field, PolicyKeys.reissue, &report) else { return nil }
        let audience = section["audience"].flatMap { self.audience($0, &report) }
        let scopes = section["scopes"].flatMap { callers.requestedScopes($0, &report) }
        let lifetime = section["lifetime"].map { $0.amount(.seconds, in: Self.lifetimeRange, &report) }
        let reason = section["reason"]?.plainText(limit: 200, &report)
        report.warning(
            field.origin,
            "the gateway itself vouches for users at service \(Quotation.of(callers.service)): whoever has its key can be any of them there",
            help: "where an authorization server can give such tokens, write `exchange`")
        guard let audience, let scopes, let reason else { return nil }
        return Reissue(
            audience: audience, scopes: scopes, lifetimeSeconds: (lifetime ?? nil) ?? Self.lifetimeRange.upperBound,
            reason: reason)
    }

    /// A token of the gateway's for the gateway, or for an MCP server behind it, would go around its own front door.
    private func audience(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let audience = field.plainText(limit: 1_024, &report) else { return nil }
        guard let origin = gateway.publicURL?.origin else { return audience }
        let rest = audience.bytes.dropFirst(origin.count)
        guard audience.hasPrefix(origin), rest.isEmpty || rest.first == UInt8(ascii: "/") else { return audience }
        report.error(
            field.place,
            "\(field.quotedPath) is the gateway itself or a server behind it, whose tokens come from issuers",
            help: "name the service as it knows itself")
        return nil
    }
}
