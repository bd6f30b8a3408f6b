import Policy
package import StrictCoding

/// The `WWW-Authenticate` value of a 401 or 403 (RFC 6750, section 3; RFC 9728, section 5.1).
///
/// Written for the parsers that clients really have: one Bearer challenge, the scheme first, no empty `scope`, no quote
/// or backslash inside a value, nothing that looks like another parameter inside `error_description`, which comes last.
package enum Challenge {
    /// - Parameter server: position of the server in the policy.
    package static func value(for refusal: Refusal, server: Int, granted: [ByteString], epoch: Epoch) -> [UInt8]? {
        let server = epoch.policy.servers[server]
        var challenge = Array("Bearer resource_metadata=\"".utf8)
        challenge += epoch.policy.publicURL.origin.bytes + RouteTable.metadataPrefix.utf8 + server.path.bytes
        challenge += "\"".utf8
        switch refusal {
        case .credentialMissing, .credentialInQuery(alsoInHeader: false), .credentialSchemeNotSupported:
            // No error code where no credential was understood (RFC 6750, section 3).
            append(scopes: server.scopes, to: &challenge)
        case .token(let reason):
            append(scopes: server.scopes, to: &challenge)
            append(error: "invalid_token", reason.explanation, to: &challenge)
        case .scopesUndeterminable:
            append(scopes: server.scopes, to: &challenge)
            append(error: "insufficient_scope", refusal.explanation, to: &challenge)
        case .insufficientScope(let required, _):
            // Clients of 2025-11-25 ask for exactly these scopes and lose the ones they had; so both are named.
            let known = granted.filter { server.scopes.contains($0) }
            append(scopes: required + known.filter { !required.contains($0) }, to: &challenge)
            append(error: "insufficient_scope", "the operation requires more scopes", to: &challenge)
        default:
            return nil
        }
        return challenge
    }

    private static func append(scopes: [ByteString], to challenge: inout [UInt8]) {
        guard !scopes.isEmpty else { return }
        challenge += ", scope=\"".utf8
        challenge += scopes.map(\.bytes).joined(separator: [0x20])
        challenge += "\"".utf8
    }

    private static func append(error: StaticString, _ description: String, to challenge: inout [UInt8]) {
        challenge += ", error=\"\(error)\", error_description=\"".utf8
        // Quotes and backslashes would need escapes, and `=` would start a parameter for a parser that searches.
        challenge += description.utf8.map { byte in
            (0x20...0x7E).contains(byte) && byte != 0x22 && byte != 0x5C && byte != 0x3D ? byte : 0x20
        }
        challenge += "\"".utf8
    }
}
