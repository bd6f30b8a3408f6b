import StrictCoding

/// Which field names may carry a fixed credential toward a service.
enum CredentialHeader {
    static let mostBytes = 64

    /// Fields that say who the user is, here or behind other gateways; a name that ends with a hyphen stands for all
    /// that begin with it. What else has another meaning is what an envelope cannot be in either.
    private static let ofIdentity = [
        "cf-access-", "client-cert", "client-cert-", "cookie2", "eie-", "http2-settings", "remote-",
        "teleport-jwt-assertion", "trailers", "txn-token", "x-amzn-oidc-", "x-auth-request-", "x-eie-",
        "x-endpoint-api-userinfo", "x-goog-authenticated-user-", "x-goog-iap-", "x-http-method", "x-http-method-",
        "x-ms-client-principal", "x-ms-client-principal-", "x-ms-token-", "x-original-url", "x-pomerium-", "x-remote-",
        "x-rewrite-url", "x-ssl-client-", "x-user-", "x-userinfo",
    ]

    /// Why `name` cannot be the field, as half a sentence, and what to do instead; nil when it can.
    ///
    /// - Parameter envelope: the name of the field that carries envelopes.
    static func fault(in name: ByteString, envelope: ByteString) -> (reason: String, help: String?)? {
        guard name.count <= mostBytes else { return ("it is longer than \(mostBytes) bytes", nil) }
        guard !name.isEmpty, name.bytes.allSatisfy(\.isTchar) else { return ("that is not the name of a field", nil) }
        let folded = folded(name)
        if folded.equalsIgnoringASCIICase("authorization") {
            return ("that field is for tokens", "write `{bearer: file:PATH}` or `{bearer: env:NAME}`")
        }
        if folded == self.folded(envelope) { return ("that field is for envelopes", nil) }
        guard !EnvelopeHeader.isTaken(folded), !EnvelopeHeader.matches(ofIdentity, folded), folded.first != hyphen
        else {
            return ("that field has another meaning", nil)
        }
        return nil
    }

    private static let hyphen = UInt8(ascii: "-")

    /// As servers read it that take `x_api_key` and `X-API-Key` for the same.
    private static func folded(_ name: ByteString) -> [UInt8] {
        name.bytes.map { $0.isASCIILetter || $0.isASCIIDigit ? $0.asciiLowercased : hyphen }
    }
}
