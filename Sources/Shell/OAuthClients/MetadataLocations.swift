import Policy
import StrictCoding

/// Where an issuer's metadata may be, in the order in which MCP clients look too: RFC 8414 (section 3.1), OpenID
/// Connect Discovery with the well-known string inserted, and OpenID Connect Discovery as it was written.
enum MetadataLocations {
    static func urls(of issuer: HTTPURL) -> [HTTPURL] {
        let origin = issuer.origin.string
        var path = issuer.path.string
        if path.hasSuffix("/") { path.removeLast() }
        var texts = [
            "\(origin)/.well-known/oauth-authorization-server\(path)",
            "\(origin)/.well-known/openid-configuration\(path)",
        ]
        if !path.isEmpty { texts.append("\(origin)\(path)/.well-known/openid-configuration") }
        return texts.compactMap { try? HTTPURL(parsing: ByteString($0)) }
    }
}

/// What the gateway needs of an issuer's metadata.
struct IssuerMetadata {
    /// Metadata documents of large providers stay below 10 KiB.
    static let mostBytes = 128 << 10

    let keySetURL: HTTPURL

    /// - Throws: `.issuerMismatch` where the document names another issuer: whoever answers is not whom the policy
    ///   means.
    init(_ document: [UInt8], issuer: ByteString) throws(IssuerFault) {
        guard let root = try? JSONDocument(parsing: document, limits: .document).root, root.kind == .object else {
            throw .metadataNotJSON
        }
        guard let named = root["issuer"]?.text else { throw .metadataWithoutIssuer }
        guard named == issuer else { throw .issuerMismatch(named: named) }
        guard let uri = root["jwks_uri"]?.text else { throw .metadataWithoutKeys }
        guard let url = try? HTTPURL(parsing: uri) else { throw .keySetURL(uri) }
        guard url.scheme == .https || url.host.isLoopback else { throw .keySetURL(uri) }
        keySetURL = url
    }
}
