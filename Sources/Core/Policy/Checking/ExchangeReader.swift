import StrictCoding

/// Reads `services.V.exchange`.
struct ExchangeReader {
    let parties: CredentialParties
    let callers: ServiceCallers
    /// nil when it could not be read.
    let mode: ServiceMode?

    func read(_ field: Field, _ report: inout Report) -> TokenExchange? {
        guard let section = Section(field, PolicyKeys.exchange, &report) else { return nil }
        let client = section["client"].flatMap { parties.client($0, &report) }
        let flavor = word(section["flavor"], PolicyWords.exchangeFlavor, else: .rfc8693, &report)
        let audience = section["audience"]?.plainText(limit: 1_024, &report)
        let resource = section["resource"]?.resource(&report)
        // Entra's scopes are the API's own names, which no server of ours declares.
        let scopes = section["scopes"].flatMap { field in
            flavor == .entraOBO
                ? field.distinctSome(&report) { $0.scope(&$1) } : callers.requestedScopes(field, &report)
        }
        let subject = word(section["subject"], PolicyWords.exchangeSubject, else: .originalToken, &report)
        let actor = word(section["actor"], PolicyWords.exchangeActor, else: .none, &report)
        let requireAct = section["require_act"]?.bool(&report) ?? false
        let verification = word(section["verify"], PolicyWords.verification, else: .token, &report)

        switch flavor {
        case .rfc8693: checkTarget(section, &report)
        case .entraOBO: checkEntra(section, subject: subject, actor: actor, requireAct: requireAct, &report)
        case nil: break
        }
        if mode == .restrictedUser, flavor != .entraOBO {
            checkImpersonation(section, actor: actor, requireAct: requireAct, &report)
        }
        if let registration = client?.registration {
            checkIssuers(of: registration, section, &report)
        }
        guard let client, let flavor, let scopes, let subject, let actor, let verification else { return nil }
        return TokenExchange(
            client: client.position, flavor: flavor, audience: audience, resource: resource, scopes: scopes,
            subject: subject, actor: actor, requireAct: requireAct, verification: verification)
    }

    /// The word of an optional key: what stands for it when it is not written, nil when it is not known.
    private func word<Value>(
        _ field: Field?, _ choices: Choices<Value>, else standard: Value, _ report: inout Report
    ) -> Value? {
        guard let field else { return standard }
        return field.choice(choices, &report)
    }

    private func checkTarget(_ section: Section, _ report: inout Report) {
        guard section["audience"] == nil, section["resource"] == nil else { return }
        report.error(
            section.field.origin, "\(section.field.quotedPath) has neither `audience` nor `resource`",
            help: "name the service as its authorization server does: a token for nobody is good anywhere")
    }

    /// Microsoft Entra's flow has parameters for none of these.
    private func checkEntra(
        _ section: Section, subject: TokenExchange.Subject?, actor: TokenExchange.Actor?, requireAct: Bool,
        _ report: inout Report
    ) {
        var idle: [(key: String, help: String)] = []
        for key in ["audience", "resource"] {
            idle.append((key, "remove it; the scopes name the API, such as `api://orders/.default`"))
        }
        if subject == .assertion { idle.append(("subject", "it takes the user's own token: `original_token`")) }
        if actor == .client { idle.append(("actor", "remove it; the client is who acts")) }
        if requireAct { idle.append(("require_act", "remove it; its tokens name the client in claims of their own")) }
        for (key, help) in idle {
            guard let field = section[key] else { continue }
            report.error(field.origin, "\(field.quotedPath) does not go with `entra_obo`", help: help)
        }
    }

    /// A token that says it is the user's names nobody else (RFC 8693, section 1.1).
    private func checkImpersonation(
        _ section: Section, actor: TokenExchange.Actor?, requireAct: Bool, _ report: inout Report
    ) {
        for (key, isWritten) in [("actor", actor == .client), ("require_act", requireAct)] where isWritten {
            guard let field = section[key] else { continue }
            report.error(
                field.origin,
                "\(field.quotedPath) does not go with `mode: restricted_user`, whose tokens name nobody who acts",
                help: "remove it, or write `mode: on_behalf_of`")
        }
    }

    /// Users come with tokens of the issuers that the server accepts; there must be one about whose users this client
    /// may ask its own.
    private func checkIssuers(
        of client: ClientRegistration, _ section: Section, _ report: inout Report
    ) {
        let issuer = parties.issuerName(at: client.issuer)
        for server in callers.withoutIssuer(issuer) {
            report.error(
                (section["client"] ?? section.field).place,
                "server \(Quotation.of(server)) accepts no token of issuer \(Quotation.of(issuer)), so client \(Quotation.of(client.name)) has none to exchange for service \(Quotation.of(callers.service))",
                help: "name a client at an issuer of this server; nobody is asked about the users of another issuer")
        }
        for server in callers.withOthers(than: issuer) {
            report.warning(
                (section["client"] ?? section.field).place,
                "server \(Quotation.of(server)) also accepts tokens of other issuers than \(Quotation.of(issuer)): for their users service \(Quotation.of(callers.service)) cannot be called",
                help: "give each issuer's users a service with a client of its own")
        }
    }
}
