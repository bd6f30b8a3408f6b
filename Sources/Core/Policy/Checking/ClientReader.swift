import StrictCoding

/// Reads `clients`, one after the other.
struct ClientReader {
    /// The words under `auth`.
    enum Method: Sendable {
        case secretBasic
        case secretPost
        case privateKeyJWT
    }

    private let gateway: GatewaySettings
    private let vocabulary: Vocabulary
    private(set) var secrets = SecretReader()

    init(gateway: GatewaySettings, vocabulary: Vocabulary) {
        self.gateway = gateway
        self.vocabulary = vocabulary
    }

    mutating func read(_ name: ByteString, _ field: Field, _ report: inout Report) -> ClientRegistration? {
        guard let section = Section(field, PolicyKeys.client, &report) else { return nil }
        let issuer = section["issuer"].flatMap { vocabulary.issuer($0, &report) }
        let clientID = section["client_id"]?.plainText(limit: 255, &report)
        let authentication = authentication(section, &report)
        let help = "name the authorization server's endpoint"
        let tokenEndpoint = section["token_endpoint"]?.foreignURL(gateway, help: help, &report)
        let introspectionEndpoint = section["introspection_endpoint"]?.foreignURL(gateway, help: help, &report)
        let audience = section["assertion_audience"]?.plainText(limit: 1_024, &report)
        guard let issuer, let clientID, let authentication else { return nil }
        return ClientRegistration(
            name: name, issuer: issuer, clientID: clientID, authentication: authentication,
            tokenEndpoint: tokenEndpoint, introspectionEndpoint: introspectionEndpoint, assertionAudience: audience)
    }

    private mutating func authentication(
        _ section: Section, _ report: inout Report
    ) -> ClientRegistration.Authentication? {
        let method = section["auth"]?.choice(PolicyWords.clientAuthentication, &report)
        let secret = section["secret"].flatMap { secrets.read($0, &report) }
        let key = section["key"].flatMap { secrets.read($0, as: .privateKey, &report) }
        guard let method else { return nil }
        switch method {
        case .secretBasic, .secretPost:
            let word = method == .secretBasic ? "client_secret_basic" : "client_secret_post"
            Self.demand("secret", not: ["key", "assertion_audience"], of: section, for: word, &report)
            return secret.map { method == .secretBasic ? .secretBasic($0) : .secretPost($0) }
        case .privateKeyJWT:
            Self.demand("key", not: ["secret"], of: section, for: "private_key_jwt", &report)
            return key.map { .privateKeyJWT($0) }
        }
    }

    private static func demand(
        _ wanted: String, not idle: [String], of section: Section, for word: String, _ report: inout Report
    ) {
        if section[wanted] == nil {
            report.error(
                section.field.origin, "\(section.field.quotedPath) has no `\(wanted)`, which `\(word)` needs",
                help: "write `\(wanted): file:PATH` or `\(wanted): env:NAME`")
        }
        for case let field? in idle.map({ section[$0] }) {
            report.error(field.origin, "\(field.quotedPath) has no effect with `\(word)`", help: "remove it")
        }
    }
}
