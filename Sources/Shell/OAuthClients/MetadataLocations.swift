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
