package import Policy
package import StrictCoding

/// Where a normalised path of the clients' listener leads.
package enum Route: Equatable, Sendable {
    /// The endpoint of an MCP server, by its position in the policy.
    case server(Int)
    /// Below the endpoint of an MCP server: challenged like the endpoint, and then absent.
    case beneath(Int)
    /// Protected resource metadata of a server (RFC 9728, section 3.1: the well-known string goes before the path).
    case metadata(Int)
    /// The keys that verify what the gateway signs.
    case keys(SigningPurpose)
    /// What the gateway says of itself as an issuer (RFC 8414): where those keys are.
    case issuerMetadata(SigningPurpose)
    case nowhere
}

/// For what the gateway signs, and as which issuer: its public URL and `path`.
package enum SigningPurpose: CaseIterable, Sendable, Hashable {
    case envelope
    case reissue
    case assertion

    /// Behind the public URL's origin; empty for envelopes.
    package var path: ByteString {
        switch self {
        case .envelope: ""
        case .reissue: "/reissue"
        case .assertion: "/assertion"
        }
    }

    package func issuer(_ policy: PolicySet) -> ByteString {
        ByteString(policy.publicURL.origin.bytes + path.bytes)
    }

    package func keySetURL(_ policy: PolicySet) -> ByteString {
        ByteString(issuer(policy).bytes + RouteTable.keysPath.bytes)
    }
}

/// The public paths of one policy. Exact matches by hash, beneath-matches by shortening, so that the cost does not grow
/// with the servers.
package struct RouteTable: Sendable {
    package static let metadataPrefix = "/.well-known/oauth-protected-resource"
    package static let keysPath: ByteString = "/.well-known/jwks.json"

    private let routes: [ByteString: Route]
    /// Bytes of the longest path of a server: nothing longer can have one above it.
    private let longest: Int

    package init(_ policy: PolicySet) {
        var routes: [ByteString: Route] = [:]
        for purpose in SigningPurpose.allCases {
            routes[ByteString(purpose.path.bytes + Self.keysPath.bytes)] = .keys(purpose)
        }
        // Envelopes are no access tokens: their issuer is no authorization server.
        for purpose in [SigningPurpose.reissue, .assertion] {
            let path = purpose.path.bytes
            routes[ByteString("/.well-known/oauth-authorization-server".utf8 + path)] = .issuerMetadata(purpose)
            routes[ByteString(path + "/.well-known/openid-configuration".utf8)] = .issuerMetadata(purpose)
        }
        for (index, server) in policy.servers.enumerated() {
            routes[server.path] = .server(index)
            routes[ByteString(Self.metadataPrefix.utf8 + server.path.bytes)] = .metadata(index)
        }
        self.routes = routes
        longest = policy.servers.map(\.path.count).max() ?? 0
    }

    package func route(_ path: ByteString) -> Route {
        if let route = routes[path] { return route }
        // Not from the path's own end: thousands of slashes would cost thousands of copies of a long path.
        var end = min(path.count, longest + 1)
        while let slash = path.bytes[..<end].lastIndex(of: 0x2F), slash > 0 {
            if case .server(let index)? = routes[ByteString(Array(path.bytes[..<slash]))] { return .beneath(index) }
            end = slash
        }
        return .nowhere
    }
}
