package import Admission
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
    private nonisolated(unsafe) var shared = Shared(Facts())

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
        get { shared.facts.presenter }
        set { decided().facts.presenter = newValue }
    }
    /// The service's name in the policy.
    package var service: ByteString? {
        get { shared.facts.service }
        set { decided().facts.service = newValue }
    }
    /// Host and port of the service.
    package var host: ByteString? {
        get { shared.facts.host }
        set { decided().facts.host = newValue }
    }
    package var method: ByteString? {
        get { shared.facts.method }
        set { decided().facts.method = newValue }
    }
    /// The pattern of the policy that matched: paths hold identifiers of people and things.
    package var pathPattern: ByteString? {
        get { shared.facts.pathPattern }
        set { decided().facts.pathPattern = newValue }
    }
    /// `services.V.allow[N]`, where a rule covered the call.
    package var rule: ByteString? {
        get { shared.facts.rule }
        set { decided().facts.rule = newValue }
    }
    /// Of the forwarded request that it belongs to, once it is attributed.
    package var statement: TransactionStatement? {
        get { shared.facts.statement }
        set { decided().facts.statement = newValue }
    }
    package var attribution: Attribution? {
        get { shared.facts.attribution }
        set { decided().facts.attribution = newValue }
    }
    /// Of the call to the service, once it belongs to a request: no other call has it.
    package var span: SpanID? {
        get { shared.facts.span }
        set { decided().facts.span = newValue }
    }
    package var mode: DelegationMode? {
        get { shared.facts.mode }
        set { decided().facts.mode = newValue }
    }
    package var scopesRequested: [ByteString] {
        get { shared.facts.scopesRequested }
        set { decided().facts.scopesRequested = newValue }
    }

    /// Whether the API sees a token that says it is the user's.
    package var isUserToken: Bool { mode == .restrictedUser }

    // MARK: - Several at once

    mutating func attribute(to transaction: Transaction, by attribution: Attribution, span: SpanID) {
        let own = decided()
        own.facts.statement = transaction.statement
        own.facts.attribution = attribution
        own.facts.span = span
    }

    mutating func name(_ plan: ServicePlan) {
        let own = decided()
        own.facts.service = plan.service.name
        own.facts.host = plan.authority
        own.facts.mode = plan.mode
    }

    mutating func note(rule: ByteString, pattern: ByteString?) {
        let own = decided()
        own.facts.rule = rule
        own.facts.pathPattern = pattern
    }

    // MARK: - Storage

    private struct Facts {
        var presenter: Presenter?
        var service: ByteString?
        var host: ByteString?
        var method: ByteString?
        var pathPattern: ByteString?
        var rule: ByteString?
        var statement: TransactionStatement?
        var attribution: Attribution?
        var span: SpanID?
        var mode: DelegationMode?
        var scopesRequested: [ByteString] = []
    }

    private final class Shared {
        var facts: Facts

        init(_ facts: Facts) { self.facts = facts }
    }

    /// The facts of this trail alone, to be changed.
    private mutating func decided() -> Shared {
        if !isKnownUniquelyReferenced(&shared) { shared = Shared(shared.facts) }
        return shared
    }
}
