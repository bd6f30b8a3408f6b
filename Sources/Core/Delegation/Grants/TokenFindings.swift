import Crypto
import Identity
import StrictCoding

/// What is known of a token so far: from the answer that it came in, from itself, from its issuer when asked. Facts
/// that contradict the request end it; at the end enough must have been shown.
struct TokenFindings: Sendable {
    /// The clocks of the authorization server and the gateway may differ by so much.
    private static let skewSeconds: Int64 = 30

    private let expectation: TokenExpectation
    private let now: UnixTime
    private var expires: UnixTime
    /// The narrowest list that was told.
    private var scopes: [ByteString]?
    private var showsAudience = false
    private var showsSubject = false
    private var showsActor = false

    /// - Parameter expires: as the answer says it, or the little that is assumed where it does not.
    init(
        _ expectation: TokenExpectation, expires: UnixTime, scopes: [ByteString]?, now: UnixTime
    ) throws(AnswerFlaw) {
        self.expectation = expectation
        self.now = now
        self.expires = expires
        try note(scopes: scopes)
        guard expires > now else { throw .expired }
    }

    /// - Parameter issuer: who must be named where somebody is.
    mutating func note(_ facts: TokenFacts, issuer: ByteString) throws(AnswerFlaw) {
        if let named = facts.issuer, named != issuer { throw .wrongIssuer }
        if let audiences = facts.audiences, !expectation.targets.isEmpty {
            guard audiences.contains(where: expectation.targets.contains) else { throw .wrongAudience }
            showsAudience = true
        }
        if let subject = facts.subject, let expected = expectation.subject {
            guard subject == expected else { throw .wrongSubject }
            showsSubject = true
        }
        if facts.hasActor { showsActor = true }
        guard !facts.isBound else { throw .tokenType }
        try note(scopes: facts.scopes)
        if let start = facts.notBefore, start > now + Self.skewSeconds { throw .inactive }
        if let end = facts.expires {
            guard end > now else { throw .expired }
            expires = min(expires, end)
        }
    }

    /// The token, if enough is known of it.
    func credential(_ token: SecretBytes) throws(AnswerFlaw) -> Credential {
        switch expectation.verification {
        case .token, .introspection:
            guard showsAudience else { throw .audienceMissing }
            guard showsSubject else { throw .wrongSubject }
        case .fixedAudience, nil: break
        }
        guard showsActor || !expectation.requiresActor else { throw .actorMissing }
        return Credential(
            token: token, expires: expires, scopes: scopes ?? expectation.scopes.scopes,
            audience: expectation.targets.first)
    }

    private mutating func note(scopes told: [ByteString]?) throws(AnswerFlaw) {
        guard let told else { return }
        guard expectation.scopes.cover(told) else { throw .scopeWider }
        if scopes.map({ told.count <= $0.count }) ?? true { scopes = told }
    }
}
