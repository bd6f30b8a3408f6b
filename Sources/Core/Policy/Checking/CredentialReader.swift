import StrictCoding

/// Reads `services.V.credential`: the gateway's own account, in one of three forms.
struct CredentialReader {
    private enum Form: String {
        case client
        case bearer
        case header

        var keys: [String] {
            switch self {
            case .client: ["client", "scopes", "audience", "resource"]
            case .bearer: ["bearer"]
            case .header: ["header", "value"]
            }
        }

        var required: [String] {
            switch self {
            case .client: ["client", "scopes"]
            case .bearer: ["bearer"]
            case .header: ["header", "value"]
            }
        }
    }

    let parties: CredentialParties
    /// The field that carries envelopes.
    let header: ByteString

    func read(
        _ field: Field, _ secrets: inout SecretReader, _ report: inout Report
    ) -> DownstreamService.Credential? {
        guard let section = Section(field, PolicyKeys.credential, &report) else { return nil }
        let form = Self.form(section, &report)
        let client = section["client"].flatMap { parties.client($0, &report) }
        let scopes = section["scopes"]?.distinctSome(&report) { $0.scope(&$1) }
        let audience = section["audience"]?.plainText(limit: 1_024, &report)
        let resource = section["resource"]?.resource(&report)
        let bearer = section["bearer"].flatMap { secrets.read($0, &report) }
        let name = section["header"].flatMap { headerName($0, &report) }
        let value = section["value"].flatMap { secrets.read($0, &report) }
        switch form {
        case .client:
            guard let client, let scopes else { return nil }
            return .clientCredentials(
                ClientCredentials(client: client.position, scopes: scopes, audience: audience, resource: resource))
        case .bearer:
            return bearer.map { .bearer($0) }
        case .header:
            guard let name, let value else { return nil }
            return .header(name: name, value: value)
        case nil:
            return nil
        }
    }

    /// The form that is meant, with what it lacks and what belongs to another one reported.
    private static func form(_ section: Section, _ report: inout Report) -> Form? {
        let forms: [Form] = [.client, .bearer, .header]
        let path = section.field.quotedPath
        guard let form = forms.first(where: { form in form.required.contains { section[$0] != nil } }) else {
            report.error(
                section.field.origin, "\(path) has neither `client` nor `bearer` nor `header`",
                help: "write `{client: NAME, scopes: [..]}`, `{bearer: env:NAME}` or `{header: NAME, value: env:NAME}`")
            return nil
        }
        for key in form.required where section[key] == nil {
            report.error(section.field.origin, "\(path) has no `\(key)`")
        }
        for key in forms.flatMap(\.keys) where !form.keys.contains(key) {
            guard let field = section[key] else { continue }
            report.error(
                field.origin, "\(field.quotedPath) does not go with `\(form.rawValue)`",
                help: "a credential is a client's token, a bearer token or a header; remove what is of another kind")
        }
        return form
    }

    private func headerName(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let name = field.text(&report) else { return nil }
        if let fault = CredentialHeader.fault(in: name, envelope: header) {
            report.error(
                field.place, "\(field.quotedPath) cannot be \(Quotation.of(name)): \(fault.reason)", help: fault.help)
            return nil
        }
        return name
    }
}

extension Field {
    /// The absolute URL of a protected resource (RFC 8707, section 2).
    func resource(_ report: inout Report) -> ByteString? {
        url(&report)?.text
    }
}
