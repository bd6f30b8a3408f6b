import OAuthClients
import Policy
import StrictCoding

/// Metadata of issuers: whatever a document says, it speaks for the issuer of the policy, tokens and secrets go to that
/// issuer's own origin only, and keys come over TLS or from this machine.
enum IssuerDocuments {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let issuer = World.shared.epoch.policy.issuers[0]
        guard let found = try? IssuerMetadata(input, issuer: issuer) else { return }
        let root = (try? JSONDocument(parsing: input, limits: .document))?.root
        try promise(root?["issuer"]?.text == issuer.issuer, "a document of another issuer")
        if let url = try? found.keySetURL() {
            try promise(url.scheme == .https || url.host.isLoopback, "keys over the open network: \(url.text)")
        }
        for member: StaticString in ["token_endpoint", "introspection_endpoint"] {
            guard case .own(let url) = found.endpoint(member) else { continue }
            try promise(url.origin == issuer.url.origin, "secrets would go to \(url.text)")
        }
    }
}
