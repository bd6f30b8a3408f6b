package import JOSE
package import StrictCoding

/// Why an issuer's keys are not known.
package enum IssuerFault: Error, Sendable {
    /// No metadata location answered with a document.
    case unreachable(String)
    case metadataNotJSON
    case metadataWithoutIssuer
    case issuerMismatch(named: ByteString)
    case metadataWithoutKeys
    /// `jwks_uri` is not a URL that may be fetched.
    case keySetURL(ByteString)
    case keySetUnreachable(String)
    case keySet(KeySetError)
    case keySetEmpty

    /// For logs and readiness.
    package var explanation: String {
        switch self {
        case .unreachable(let why): "its metadata cannot be fetched: \(why)"
        case .metadataNotJSON: "its metadata is not a JSON object"
        case .metadataWithoutIssuer: "its metadata names no issuer"
        case .issuerMismatch(let named):
            "its metadata names the issuer `\(named)`; write exactly that in the policy, a slash at the end included, if it is the right one"
        case .metadataWithoutKeys: "its metadata has no jwks_uri"
        case .keySetURL(let uri): "its jwks_uri `\(uri)` is not a URL that the gateway fetches"
        case .keySetUnreachable(let why): "its keys cannot be fetched: \(why)"
        case .keySet(let error): "its key set is unusable: \(error.code)"
        case .keySetEmpty: "its key set has no key that verifies tokens"
        }
    }

    /// A mistake of the policy or the provider that waiting does not mend.
    package var isMismatch: Bool {
        if case .issuerMismatch = self { true } else { false }
    }
}
