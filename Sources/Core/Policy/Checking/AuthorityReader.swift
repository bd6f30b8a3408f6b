import StrictCoding

/// Reads `ca`: whose certificates count toward one peer. It is said of peers that are reached over https only.
enum AuthorityReader {
    /// - Parameter peers: the URLs to which it applies; nil where they could not be read, and no judgement is possible.
    static func read(
        _ field: Field?, toward peers: [HTTPURL]?, _ secrets: inout SecretReader, _ report: inout Report
    ) -> CertificateAuthority {
        guard let field else { return .system }
        if let peers { check(field, toward: peers, &report) }
        return secrets.read(field, as: .certificates, &report).map { .file($0) } ?? .system
    }

    static func check(_ field: Field, toward peers: [HTTPURL], _ report: inout Report) {
        guard !peers.contains(where: { $0.scheme == .https }) else { return }
        report.error(
            field.origin, "\(field.quotedPath) can never take effect: nothing that it is for is reached over https",
            help: "write an https URL, or remove it")
    }
}

/// The `ca` of issuers, which are for the endpoints of their clients as well, and so are judged when these are known.
struct IssuerAuthorities {
    private var fields: [ByteString: Field] = [:]

    mutating func add(_ field: Field, of issuer: ByteString) {
        fields[issuer] = field
    }

    /// - Parameter clients: all of the policy; nil where some could not be read.
    func check(_ issuers: [Issuer], named names: [ByteString], _ clients: [ClientRegistration]?, _ report: inout Report)
    {
        guard let clients else { return }
        for issuer in issuers {
            guard let field = fields[issuer.name] else { continue }
            let own = clients.filter { names[$0.issuer] == issuer.name }
            let endpoints = own.flatMap { [$0.tokenEndpoint ?? issuer.url, $0.introspectionEndpoint ?? issuer.url] }
            AuthorityReader.check(field, toward: [issuer.jwksURI ?? issuer.url] + endpoints, &report)
        }
    }
}
