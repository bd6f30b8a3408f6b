import Policy
import StrictCoding

/// The protected resource metadata of one server (RFC 9728, section 2), made from the policy alone so that it can be
/// served when nothing else can.
package enum ResourceMetadata {
    package static func document(server: Int, epoch: Epoch) -> [UInt8] {
        let policy = epoch.policy
        let server = policy.servers[server]
        var writer = JSONWriter()
        writer.object { document in
            document.member("resource", server.resourceURL)
            // Clients take the first; the policy says which that is.
            document.member("authorization_servers", array: server.issuers.map { policy.issuers[$0].issuer })
            // Parameters with zero values are left out (section 3.2).
            if !server.scopes.isEmpty { document.member("scopes_supported", array: server.scopes) }
            document.member("bearer_methods_supported", array: ["header"])
            document.member("resource_name", server.name)
        }
        return writer.bytes
    }
}
