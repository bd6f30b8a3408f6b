import StrictCoding

/// What is declared and never used is allowed while a policy grows, and worth a word.
struct IdleNames {
    let issuers: NamedFields
    let clients: NamedFields
    let services: NamedFields

    func warn(of policy: PolicySet, top: Section, _ report: inout Report) {
        guard !policy.servers.isEmpty else {
            report.warning((top["servers"] ?? top.field).origin, "the policy has no servers: there is nothing to reach")
            return
        }
        let trusted = Set(policy.servers.flatMap(\.issuers)).union(policy.clients.map(\.issuer))
        for (index, issuer) in issuers.fields.enumerated() where !trusted.contains(index) {
            report.warning(issuer.field.origin, "no server accepts issuer \(Quotation.of(issuer.name))")
        }
        let employed = Set(policy.services.compactMap(\.client))
        for (index, client) in clients.fields.enumerated() where !employed.contains(index) {
            report.warning(client.field.origin, "no service needs client \(Quotation.of(client.name))")
        }
        let called = Set(policy.servers.flatMap(\.delegation.allowed))
        for service in services.fields where !called.contains(service.name) {
            report.warning(service.field.origin, "no server may call service \(Quotation.of(service.name))")
        }
    }
}

extension DownstreamService {
    /// The client that asks for its credentials.
    fileprivate var client: Int? {
        switch credential {
        case .clientCredentials(let settings): settings.client
        case .exchange(let exchange): exchange.client
        case .bearer, .header, .reissue: nil
        }
    }
}
