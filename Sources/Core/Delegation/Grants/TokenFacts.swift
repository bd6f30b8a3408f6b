import Identity
import Policy
import StrictCoding

/// What a token says of itself, or its issuer of it: claims of a JWT whose signature holds, or members of an
/// introspection answer. Absent is `nil`; of the wrong type is a flaw.
struct TokenFacts {
    let issuer: ByteString?
    let audiences: [ByteString]?
    let subject: ByteString?
    let scopes: [ByteString]?
    let hasActor: Bool
    let expires: UnixTime?
    let notBefore: UnixTime?
    /// Bound to a key of somebody's (RFC 7800): worth nothing as a bearer token.
    let isBound: Bool

    init(_ root: JSONValue, issuer policy: Issuer) throws(AnswerFlaw) {
        issuer = try Self.text(root["iss"], or: .wrongIssuer)
        audiences = try Self.audiences(root["aud"])
        subject = try Self.text(root.member(policy.subjectClaim ?? "sub"), or: .wrongSubject)
        let scope = policy.scopesClaim.map { root.member($0) } ?? root["scope"] ?? root["scp"]
        scopes = try scope.map { value throws(AnswerFlaw) in try ScopeText.read(value) }
        if let actor = root["act"] {
            guard actor["sub"]?.text?.isPlainText(limit: EnvelopeLimits.identifierBytes) == true else {
                throw .actorMissing
            }
            hasActor = true
        } else {
            hasActor = false
        }
        expires = try Self.time(root["exp"])
        notBefore = try Self.time(root["nbf"])
        isBound = root["cnf"] != nil
    }

    private static func text(_ value: JSONValue?, or flaw: AnswerFlaw) throws(AnswerFlaw) -> ByteString? {
        guard let value else { return nil }
        guard let text = value.text else { throw flaw }
        return text
    }

    private static func audiences(_ value: JSONValue?) throws(AnswerFlaw) -> [ByteString]? {
        guard let value else { return nil }
        if let one = value.text { return [one] }
        guard let elements = value.elements, elements.allSatisfy({ $0.kind == .string }) else { throw .wrongAudience }
        return elements.compactMap(\.text)
    }

    /// A NumericDate (RFC 7519, section 2), rounded down.
    private static func time(_ value: JSONValue?) throws(AnswerFlaw) -> UnixTime? {
        guard let value else { return nil }
        guard let seconds = value.number, seconds > 0, seconds < 281_474_976_710_656 else { throw .expired }
        return UnixTime(seconds: Int64(seconds))
    }
}

/// A list of scopes as answers and tokens write it (RFC 6749, section 3.3; some issuers write an array).
enum ScopeText {
    /// Beyond it whoever compares them does too much work.
    static let mostScopes = 256

    static func read(_ value: JSONValue) throws(AnswerFlaw) -> [ByteString] {
        var scopes: [ByteString] = []
        if let text = value.text {
            // One space between any two, none elsewhere: other readers may see other scopes in anything else.
            scopes = text.bytes.split(separator: 0x20, omittingEmptySubsequences: false).map { ByteString(Array($0)) }
        } else if let elements = value.elements, elements.allSatisfy({ $0.kind == .string }) {
            scopes = elements.compactMap(\.text)
        }
        guard (1...mostScopes).contains(scopes.count), scopes.allSatisfy(EnvelopeText.isScope) else {
            throw .scopeWider
        }
        return scopes
    }
}
