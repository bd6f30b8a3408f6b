package import StrictCoding

/// One entry of `services.V.allow`: methods and paths that may be called by whoever has the scopes.
package struct AccessRule: Sendable, Hashable {
    /// Upper-case methods.
    package let methods: [ByteString]
    package let paths: [PathPattern]
    package let require: [ByteString]

    package init(methods: [ByteString], paths: [PathPattern], require: [ByteString]) {
        self.methods = methods
        self.paths = paths
        self.require = require
    }
}

/// What `allow` says about one call.
package enum Access: Sendable, Equatable {
    /// By the rule at this position.
    case allowed(rule: Int)
    /// A rule covers it, and the actor lacks these scopes.
    case missingScopes([ByteString], rule: Int)
    case notAllowed
}

extension DownstreamService {
    /// Total and deny by default: the first rule that covers the call and whose scopes the actor has; else the first
    /// that covers it.
    ///
    /// - Parameter path: normalised, below the service's own path, beginning with a slash.
    package func access(method: ByteString, path: ByteString, scopes: [ByteString]) -> Access {
        var nearest: Access = .notAllowed
        for (index, rule) in allow.enumerated() {
            guard rule.methods.contains(method), rule.paths.contains(where: { $0.matches(path) }) else { continue }
            let missing = rule.require.filter { !scopes.contains($0) }
            if missing.isEmpty { return .allowed(rule: index) }
            if case .notAllowed = nearest { nearest = .missingScopes(missing, rule: index) }
        }
        return nearest
    }
}
