package import StrictCoding

/// Why a document cannot serve as an issuer's key set at all.
package enum KeySetError: Error, Equatable, Sendable {
    case notJSON(JSONError)
    /// Not an object with an array `keys`.
    case noKeys
    case tooManyKeys
    /// Two different keys claim one `kid` for the same algorithm: whose token is it?
    case ambiguousKey(kid: ByteString)

    /// The name for metrics and audit.
    package var code: StaticString {
        switch self {
        case .notJSON: "key_set_not_json"
        case .noKeys: "key_set_without_keys"
        case .tooManyKeys: "key_set_too_large"
        case .ambiguousKey: "key_set_ambiguous"
        }
    }
}

/// The keys of one issuer that may verify its tokens (RFC 7517, section 5).
///
/// Lenient with each key (one that is of another type, for encryption, too weak or malformed is passed over, as section
/// 5 asks), strict with the document.
package struct KeySet: Sendable {
    package static let documentBytes = 512 << 10
    package static let maximumKeys = 100
    /// How many keys a token without `kid` is tried with: each try costs a signature check.
    package static let triesWithoutIdentifier = 4

    package let keys: [JSONWebKey]

    /// Reads a JWK Set. A set without a usable key is a set: `isEmpty` tells.
    package init(parsing jwks: [UInt8]) throws(KeySetError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: jwks, limits: .document)
        } catch {
            throw .notJSON(error)
        }
        guard let members = document.root["keys"]?.elements else { throw .noKeys }
        guard members.count <= Self.maximumKeys else { throw .tooManyKeys }
        var keys: [JSONWebKey] = []
        for member in members {
            guard let key = try? JSONWebKey(member) else { continue }
            try Self.check(key, against: keys)
            keys.append(key)
        }
        self.keys = keys
    }

    /// Our own keys, whose identifiers are thumbprints.
    package init(_ keys: [JSONWebKey]) {
        self.keys = keys
    }

    package var isEmpty: Bool { keys.isEmpty }

    /// The keys to verify a token with: those with exactly its `kid`, or for a token without one, those of its
    /// algorithm, few at most.
    package func candidates(kid: ByteString?, algorithm: Algorithm) -> [JSONWebKey] {
        let fitting = keys.lazy.filter { $0.algorithms.contains(algorithm) }
        guard let kid else { return Array(fitting.prefix(Self.triesWithoutIdentifier)) }
        return fitting.filter { $0.kid == kid }
    }

    /// Whether a key has this identifier, whatever its algorithm.
    func contains(kid: ByteString) -> Bool {
        keys.contains { $0.kid == kid }
    }

    private static func check(_ key: JSONWebKey, against others: [JSONWebKey]) throws(KeySetError) {
        guard let kid = key.kid else { return }
        let isAmbiguous = others.contains {
            $0.kid == kid && !$0.algorithms.isDisjoint(with: key.algorithms) && $0.thumbprint != key.thumbprint
        }
        if isAmbiguous { throw .ambiguousKey(kid: kid) }
    }
}
