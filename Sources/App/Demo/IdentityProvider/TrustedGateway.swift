package import JOSE
package import StrictCoding

/// The gateway as the identity provider knows it: a client that proves itself with a key, and whose word is taken for
/// who acts through it.
package struct TrustedGateway: Sendable {
    /// With which it authenticates at the token endpoint.
    let clientKeys: KeySet
    /// `iss` of its statements about agents, and where their keys are published.
    let statementIssuer: ByteString
    let statementKeys: PublishedKeys

    /// - Parameters:
    ///   - publicURL: an origin such as `http://127.0.0.1:8080`.
    ///   - clientKeys: what the operator registered here.
    ///   - client: fetches the keys of its statements. Nil where `publicURL` is no http URL.
    package init?(publicURL: ByteString, clientKeys: KeySet, client: WebClient) {
        let issuer = ByteString(publicURL.bytes + "/assertion".utf8)
        guard let keys = WebURL(ByteString(issuer.bytes + "/.well-known/jwks.json".utf8)) else { return nil }
        self.clientKeys = clientKeys
        statementIssuer = issuer
        statementKeys = PublishedKeys(at: keys, client: client)
    }
}
