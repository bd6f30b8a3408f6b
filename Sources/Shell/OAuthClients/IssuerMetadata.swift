package import Policy
import StrictCoding

/// What the gateway needs of an issuer's metadata (RFC 8414, OpenID Connect Discovery).
package struct IssuerMetadata: Sendable {
    /// Metadata documents of large providers stay below 10 KiB.
    static let mostBytes = 128 << 10

    private let root: JSONValue
    private let origin: ByteString

    /// Looks in all places where the document may be; the first JSON object counts.
    static func find(_ issuer: Issuer, fetch: IssuerKeys.Fetch) async throws(IssuerFault) -> IssuerMetadata {
        var why = "nothing was found"
        var foundOtherDocument = false
        for location in MetadataLocations.urls(of: issuer.url) {
            switch await fetch(issuer, location, mostBytes) {
            case .nothing(let reason):
                why = "\(location.text): \(reason)"
            case .body(let document):
                // Web applications answer every path with their start page: the next place may be the right one.
                guard let metadata = try IssuerMetadata(document, issuer: issuer) else {
                    foundOtherDocument = true
                    continue
                }
                return metadata
            }
        }
        throw foundOtherDocument ? .metadataNotJSON : .unreachable(why)
    }

    /// `nil` where the document is no JSON object.
    ///
    /// - Throws: `.issuerMismatch` where the document names another issuer: whoever answers is not whom the policy
    ///   means.
    package init?(_ document: [UInt8], issuer: Issuer) throws(IssuerFault) {
        guard let root = try? JSONDocument(parsing: document, limits: .document).root, root.kind == .object else {
            return nil
        }
        guard let named = root["issuer"]?.text else { throw .metadataWithoutIssuer }
        guard named == issuer.issuer else { throw .issuerMismatch(named: named) }
        self.root = root
        origin = issuer.url.origin
    }

    package func keySetURL() throws(IssuerFault) -> HTTPURL {
        guard let uri = root["jwks_uri"]?.text else { throw .metadataWithoutKeys }
        guard let url = try? HTTPURL(parsing: uri), url.isSafeToCall else { throw .keySetURL(uri) }
        return url
    }

    /// Where user's tokens and the gateway's secrets would be sent: only to the issuer's own scheme, host and port. A
    /// document that names another place was made by an attacker (RFC 9700, section 4.4), or needs the operator's word.
    package func endpoint(_ member: StaticString) -> PublishedEndpoint {
        guard let value = root[member] else { return .absent }
        guard let text = value.text, let url = try? HTTPURL(parsing: text), url.origin == origin, url.isSafeToCall
        else { return .foreign }
        return .own(url)
    }
}

/// An endpoint as an issuer's metadata names it.
package enum PublishedEndpoint: Sendable, Equatable {
    case own(HTTPURL)
    /// Not at the issuer's own origin, or not a URL that may be called.
    case foreign
    case absent
}

extension HTTPURL {
    /// Nobody between here and there can read along.
    fileprivate var isSafeToCall: Bool { scheme == .https || host.isLoopback }
}
