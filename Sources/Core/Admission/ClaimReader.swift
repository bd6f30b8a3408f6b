import Identity
import StrictCoding

/// Reads claims with the types that RFC 7519 gives them: a claim of another type is malformed, never converted.
struct ClaimReader {
    private let object: JSONValue

    init(_ object: JSONValue) {
        self.object = object
    }

    subscript(_ name: StaticString) -> JSONValue? { object[name] }

    func member(_ name: ByteString) -> JSONValue? { object.member(name) }

    /// A claim that must be there as text.
    func text(_ name: StaticString, _ claim: TokenRefusal.Claim) throws(TokenRefusal) -> ByteString {
        guard let value = object[name] else { throw .missingClaim(claim) }
        guard let text = value.text else { throw .malformedClaim(claim) }
        return text
    }

    /// A name of somebody: 1 to 255 bytes without control characters, since it travels in headers and logs.
    func identifier(_ name: StaticString, _ claim: TokenRefusal.Claim) throws(TokenRefusal) -> ByteString? {
        try identifier(object[name], claim)
    }

    /// The same of the claim that the policy names.
    func identifier(named name: ByteString, _ claim: TokenRefusal.Claim) throws(TokenRefusal) -> ByteString? {
        try identifier(object.member(name), claim)
    }

    private func identifier(_ value: JSONValue?, _ claim: TokenRefusal.Claim) throws(TokenRefusal) -> ByteString? {
        guard let value else { return nil }
        guard let text = value.text, text.isPlainText(limit: 255) else { throw .malformedClaim(claim) }
        return text
    }

    /// A NumericDate (RFC 7519, section 2): seconds, perhaps fractional, positive and before the year 10889.
    func time(_ name: StaticString, _ claim: TokenRefusal.Claim) throws(TokenRefusal) -> Double? {
        guard let value = object[name] else { return nil }
        guard let seconds = value.number, seconds > 0, seconds < 281_474_976_710_656 else {
            throw .malformedClaim(claim)
        }
        return seconds
    }
}

/// The scopes of a token: `scope` or `scp`, text or array, each a scope-token of RFC 6749, section 3.3.
enum ScopeClaim {
    static func read(_ claims: ClaimReader, named override: ByteString?) throws(TokenRefusal) -> [ByteString]? {
        let value: JSONValue? =
            if let override { claims.member(override) } else { claims["scope"] ?? claims["scp"] }
        guard let value else { return nil }
        var scopes: [ByteString] = []
        if let text = value.text {
            guard !text.isEmpty else { return [] }
            scopes = text.bytes.split(separator: 0x20, omittingEmptySubsequences: false).map { ByteString(Array($0)) }
        } else if let elements = value.elements {
            for element in elements {
                guard let text = element.text else { throw .malformedClaim(.scope) }
                scopes.append(text)
            }
        } else {
            throw .malformedClaim(.scope)
        }
        guard scopes.count <= TokenChecks.mostScopes, scopes.allSatisfy(EnvelopeText.isScope) else {
            throw .malformedClaim(.scope)
        }
        let sorted = scopes.sorted()
        for (one, next) in zip(sorted, sorted.dropFirst()) where one == next { throw .malformedClaim(.scope) }
        return sorted
    }
}
