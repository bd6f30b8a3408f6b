import Admission
package import Identity
package import StrictCoding

/// What is known of an outbound call so far. It grows as the call is understood.
///
/// What is known once the policy has spoken is shared by the copies of a trail, so that a record of the intent costs no
/// more than a reference; what comes after is small.
package struct EgressTrail: Sendable {
    /// How the credential was come by.
    package enum Source: String, Sendable, Equatable {
        /// From memory.
        case hit
        /// From the authorization server, for this call or another one that waited with it.
        case miss
        /// Signed here.
        case reissued
        /// Fixed by the policy.
        case fixed
    }

    // Written only where `decided` finds no second reference to it, and so by nobody who shares it.
    private nonisolated(unsafe) var facts = Facts()

    package var scopesGranted: [ByteString] = []
    /// Of the token that was sent, or as long as there is none, of the one that is wanted.
    package var audience: ByteString?
    /// The first 16 hexadecimal digits of the SHA-256 of the token that was sent.
    package var tokenDigest: ByteString?
    package var source: Source?
    /// `jti` of the envelope that was minted for the service, if any.
    package var mintedEnvelope: ByteString?

    package init() {}

    // MARK: - Until the policy has spoken

    package var presenter: Presenter? {
        get { facts.presenter }
        set { decided().presenter = newValue }
    }
    /// The service's name in the policy.
    package var service: ByteString? {
        get { facts.service }
        set { decided().service = newValue }
    }
    /// Host and port of the service.
    package var host: ByteString? {
        get { facts.host }
        set { decided().host = newValue }
    }
    package var method: ByteString? {
        get { facts.method }
        set { decided().method = newValue }
    }
    /// The pattern of the policy that matched: paths hold identifiers of people and things.
    package var pathPattern: ByteString? {
        get { facts.pathPattern }
        set { decided().pathPattern = newValue }
    }
    /// `services.V.allow[N]`, where a rule covered the call.
    package var rule: ByteString? {
        get { facts.rule }
        set { decided().rule = newValue }
    }
    /// What the forwarded envelope says, once the call is attributed.
    package var claims: EnvelopeClaims? {
        get { facts.claims }
        set { decided().claims = newValue }
    }
    package var actorName: ByteString? {
        get { facts.actorName }
        set { decided().actorName = newValue }
    }
    package var attribution: Attribution? {
        get { facts.attribution }
        set { decided().attribution = newValue }
    }
    package var mode: DelegationMode? {
        get { facts.mode }
        set { decided().mode = newValue }
    }
    package var scopesRequested: [ByteString] {
        get { facts.scopesRequested }
        set { decided().scopesRequested = newValue }
    }

    /// Whether the API sees a token that says it is the user's.
    package var isUserToken: Bool { mode == .restrictedUser }

    // MARK: - Several at once

    mutating func attribute(to transaction: Transaction, by attribution: Attribution) {
        let facts = decided()
        facts.claims = transaction.claims
        facts.actorName = transaction.actorName
        facts.attribution = attribution
    }

    mutating func name(_ plan: ServicePlan) {
        let facts = decided()
        facts.service = plan.service.name
        facts.host = plan.authority
        facts.mode = plan.mode
    }

    mutating func note(rule: ByteString, pattern: ByteString?) {
        let facts = decided()
        facts.rule = rule
        facts.pathPattern = pattern
    }

    // MARK: - Storage

    private final class Facts {
        var presenter: Presenter?
        var service: ByteString?
        var host: ByteString?
        var method: ByteString?
        var pathPattern: ByteString?
        var rule: ByteString?
        var claims: EnvelopeClaims?
        var actorName: ByteString?
        var attribution: Attribution?
        var mode: DelegationMode?
        var scopesRequested: [ByteString] = []

        init() {}

        init(_ other: Facts) {
            presenter = other.presenter
            service = other.service
            host = other.host
            method = other.method
            pathPattern = other.pathPattern
            rule = other.rule
            claims = other.claims
            actorName = other.actorName
            attribution = other.attribution
            mode = other.mode
            scopesRequested = other.scopesRequested
        }
    }

    /// The facts of this trail alone, to be changed.
    private mutating func decided() -> Facts {
        if !isKnownUniquelyReferenced(&facts) { facts = Facts(facts) }
        return facts
    }
}
