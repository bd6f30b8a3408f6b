package import Admission
package import HTTPCodec
package import Identity
import Policy
package import StrictCoding

/// One outbound call of an MCP server, from its head to the permission to send it with a credential.
///
///     fresh ─received(head)─▶ presenting ─presented(by:)─▶ attributing ─attributed(call)─▶ intending
///                                                                                             │ intended
///     over ◀─finished─ sent ◀─granted(credential)─ obtaining ◀────────────────────────────────┤
///                        ▲                            ▲                                        │
///                        └── (fixed, signed here) ────┼────────────────────────────────────────┘
///                        └─ rejected: one fresh try ──┘            any step may end in a refusal ▶ over
///
/// Two proofs are needed, who calls and for which request; then the policy is asked, as it stands now; then the intent
/// is on record; only then is a credential asked for. The driver asks, obeys the step, and does nothing more.
package struct EgressExchange {
    private enum Phase {
        case fresh
        case presenting(OutboundCall)
        case attributing(OutboundCall)
        case intending(Errand)
        case obtaining(Errand, CredentialRequest)
        case sent(Errand, CredentialRequest?)
        case over
    }

    private let plan: EgressPlan
    package private(set) var trail = EgressTrail()
    private var phase: Phase = .fresh
    /// Whether a credential that the service did not accept has been replaced once.
    private var hasRetried = false
    private var minted: Envelope?

    package init(plan: EgressPlan) {
        self.plan = plan
    }

    package var epoch: Epoch { plan.epoch }

    // MARK: - Who, and for which request

    /// The head of a call: says by which digest the presenter is to be looked up.
    package mutating func received(_ head: RequestHead) throws(EgressRefusal) -> [UInt8] {
        guard case .fresh = phase else { preconditionFailure("a call has one head") }
        phase = .over
        let method = ByteString(head.method.name)
        trail.method = method
        let call = try OutboundCall(head, method: method)
        phase = .presenting(call)
        return call.presenterDigest
    }

    /// Who presents the call, or nobody that is known: says which proofs of a transaction the call shows.
    ///
    /// - Parameter forwarded: the transaction, while it lasts, for which an envelope with this SHA-256 was minted here.
    package mutating func presented(
        by presenter: Presenter?, now: UnixTime, forwarded: (ByteString) -> Transaction? = { _ in nil }
    ) throws(EgressRefusal) -> [TransactionProof] {
        guard case .presenting(let call) = phase else {
            preconditionFailure("a call is presented once, after its head")
        }
        phase = .over
        guard let presenter else { throw .presenterUnknown }
        trail.presenter = presenter
        // Whatever it is called, it is a word of the caller's until the policy knows it.
        trail.service = plan.service(call.service)?.service.name
        // Nothing could be attributed to it, and the reason is not that something is missing in the call.
        guard let server = plan.server(presenter.server), !server.services.isEmpty else { throw .serviceNotAllowed }
        let proofs = try call.proofs(audience: server.audience, epoch: epoch, now: now, forwarded: forwarded)
        phase = .attributing(call)
        return proofs
    }

    // MARK: - Decision

    /// The transaction to which the call belongs: decides. On success the intent must be recorded next.
    ///
    /// - Parameter span: a fresh one, under which the call is on record and made.
    package mutating func attributed(_ attributed: AttributedCall, span: SpanID) throws(EgressRefusal) {
        guard case .attributing(let call) = phase else { preconditionFailure("a call is attributed once") }
        phase = .over
        phase = .intending(try Errand(call, attributed, span: span, plan: plan, trail: &trail))
    }

    /// The call belongs to no transaction, or to none that this presenter may show.
    package mutating func notAttributed(_ refusal: AttributionRefusal) -> EgressRefusal {
        phase = .over
        return .attribution(refusal)
    }

    /// The intent is on record, durably: from here on credentials may be asked for.
    package mutating func intended(fresh: FreshIdentifiers, now: UnixTime) throws(EgressRefusal) -> CredentialStep {
        guard case .intending(let errand) = phase else { preconditionFailure("an intent follows a decision") }
        phase = .over
        // A disk may take its time: nothing is asked for in the name of a token that has expired meanwhile.
        guard errand.transaction.deadline > now else { throw .attribution(.closed) }
        minted = try mintForService(errand, fresh: fresh, now: now)
        trail.mintedEnvelope = minted?.tokenID
        switch errand.need {
        case .fixed(let credential):
            phase = .sent(errand, nil)
            trail.source = .fixed
            return .send(try warrant(errand, credential))
        case .reissue(let settings, let scopes):
            let credential = try reissue(settings, scopes: scopes, errand, fresh: fresh, now: now)
            phase = .sent(errand, nil)
            return .send(try accept(credential, source: .reissued, errand))
        case .request(let request, _, _):
            phase = .obtaining(errand, request)
            return .obtain(request)
        }
    }

    /// A credential that is exactly what was asked for.
    package mutating func granted(
        _ credential: Credential, source: EgressTrail.Source
    ) throws(EgressRefusal) -> Warrant {
        guard case .obtaining(let errand, let request) = phase else {
            preconditionFailure("a credential is granted to whoever waits for one")
        }
        // An authorization server that answers with the very token that it was shown has restricted nothing: the API
        // could use it as the user everywhere.
        guard credential.tokenDigest != errand.transaction.tokenDigest else {
            phase = .over
            throw .credential(.rejected(.subjectReturned))
        }
        phase = .sent(errand, request)
        return try accept(credential, source: source, errand)
    }

    package mutating func notGranted(_ fault: CredentialFault) -> EgressRefusal {
        phase = .over
        return .credential(fault)
    }

    /// The service answered 401 to the credential.
    package mutating func rejected() -> Rejection {
        guard case .sent(let errand, let request?) = phase else { return Rejection(request: nil, mayTryAgain: false) }
        guard !hasRetried, errand.mayRepeat else { return Rejection(request: request, mayTryAgain: false) }
        hasRetried = true
        phase = .obtaining(errand, request)
        return Rejection(request: request, mayTryAgain: true)
    }

    // MARK: - Parts

    private mutating func accept(
        _ credential: Credential, source: EgressTrail.Source, _ errand: Errand
    ) throws(EgressRefusal) -> Warrant {
        trail.source = source
        trail.scopesGranted = credential.scopes
        trail.audience = credential.audience ?? trail.audience
        trail.tokenDigest = credential.digest
        return try warrant(errand, OutboundCredential(credential.token, header: nil))
    }

    private func warrant(_ errand: Errand, _ credential: OutboundCredential) throws(EgressRefusal) -> Warrant {
        let writer = OutboundFields(epoch: epoch, errand: errand, credential: credential, envelope: minted)
        let fields: FieldBlock
        do { fields = try writer.fields() } catch { throw .wire(error) }
        let filter = ServiceResponseFilter(
            plan: errand.plan, call: errand.call, credential: credential, envelope: minted,
            envelopeHeader: plan.header)
        return Warrant(
            OutboundDraft(
                service: errand.plan.index, method: errand.call.head.method, target: errand.target, fields: fields,
                framing: errand.call.head.framing, mayRepeat: errand.mayRepeat),
            filter: filter)
    }

    private func reissue(
        _ settings: Reissue, scopes: [ByteString], _ errand: Errand, fresh: FreshIdentifiers, now: UnixTime
    ) throws(EgressRefusal) -> Credential {
        let transaction = errand.transaction
        let principal = transaction.statement.claims.principal
        let statement = ReissuedToken(
            settings: settings, scopes: scopes,
            subject: epoch.policy.subjectsAreUnique ? principal.subject : principal.qualifiedSubject,
            principal: principal, actors: transaction.statement.claims.actors, tokenID: fresh.envelopeID, issued: now,
            notAfter: transaction.tokenExpires)
        let signer = epoch.signers.reissue
        do {
            return try statement.signed(
                issuer: SigningPurpose.reissue.issuer(epoch.policy), client: epoch.policy.publicURL.origin,
                key: signer.key, keyID: signer.keyID)
        } catch {
            throw .signingFailed
        }
    }

    /// A service of the same house gets an envelope of its own: never the server's, and good for nobody else.
    private func mintForService(
        _ errand: Errand, fresh: FreshIdentifiers, now: UnixTime
    ) throws(EgressRefusal) -> Envelope? {
        guard errand.service.identity == .envelope else { return nil }
        let issuer = epoch.policy.publicURL.origin
        let transaction = errand.transaction
        let mentioned = Set(errand.service.allow.flatMap(\.require) + errand.need.scopes)
        var claims = transaction.statement.claims
        claims.audience = EnvelopeClaims.audience(issuer: issuer, id: errand.service.name)
        claims.issuedAt = now
        claims.expiresAt = min(now + Int64(epoch.policy.envelope.lifetimeSeconds), transaction.tokenExpires)
        claims.tokenID = fresh.envelopeID
        claims.workload = ByteString(issuer.bytes + "/egress".utf8)
        claims.scopes = claims.scopes.filter(mentioned.contains)
        claims.delegation = Delegation([Delegation.Grant(service: errand.service.name, mode: errand.plan.mode)])
        do {
            return try Envelope.mint(claims, key: epoch.signers.envelope.key, kid: epoch.signers.envelope.keyID)
        } catch .tooLarge {
            throw .envelopeTooLarge
        } catch {
            throw .signingFailed
        }
    }
}

/// How a call gets its credential.
package enum CredentialStep: ~Copyable {
    /// From the cache or the authorization server.
    case obtain(CredentialRequest)
    /// It has it already.
    case send(Warrant)
}

/// What follows when a service does not accept a credential.
package struct Rejection: Sendable {
    /// Which credential to forget; nil for one that is not kept.
    package let request: CredentialRequest?
    /// Whether to ask for a fresh one: once, and only for a call that does no more when it is made twice.
    package let mayTryAgain: Bool
}
