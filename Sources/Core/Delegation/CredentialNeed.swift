import Admission
import Identity
import Policy
import StrictCoding

/// What a call must carry to its service, as the policy says it.
enum CredentialNeed {
    /// A secret of the policy.
    case fixed(OutboundCredential)
    case request(CredentialRequest, audience: ByteString?, scopes: [ByteString])
    indirect case reissue(Reissue, scopes: [ByteString])

    /// - Parameter actorScopes: the scopes that the actor has at this server, as the policy stands now.
    init(
        _ plan: ServicePlan, transaction: Transaction, actorScopes: [ByteString], policy: PolicySet
    ) throws(EgressRefusal) {
        if let fixed = plan.fixed {
            self = .fixed(fixed)
            return
        }
        switch plan.service.credential {
        case .bearer, .header:
            preconditionFailure("a plan has the credential that the policy fixes")
        case .clientCredentials(let settings):
            guard let request = plan.own else { preconditionFailure("a plan has the request that is always the same") }
            self = .request(request, audience: settings.audience ?? settings.resource, scopes: settings.scopes)
        case .exchange(let settings):
            self = try Self.exchange(settings, transaction, plan.mode, actorScopes, policy)
        case .reissue(let settings):
            self = .reissue(settings, scopes: try Self.shared(settings.scopes, actorScopes))
        }
    }

    private static func exchange(
        _ settings: TokenExchange, _ transaction: Transaction, _ mode: DelegationMode, _ actorScopes: [ByteString],
        _ policy: PolicySet
    ) throws(EgressRefusal) -> CredentialNeed {
        let scopes: [ByteString] =
            switch settings.flavor {
            case .rfc8693: try shared(settings.scopes, actorScopes)
            // Entra's scopes name the API, not what the actor may do; `allow` says what that takes.
            case .entraOBO: settings.scopes
            }
        // Nobody is asked about the users of somebody else: their tokens would be in the wrong hands, and a subject of
        // one identity provider is another person at the next.
        let vouching = policy.issuers[policy.clients[settings.client].issuer].issuer
        guard transaction.statement.claims.principal.issuer == vouching else { throw .credential(.subjectRejected) }
        if settings.subject == .originalToken, transaction.subjectToken == nil {
            // The policy has come to need it after the request began, and it was dropped.
            throw .credential(.subjectRejected)
        }
        let grant = ExchangeGrant(
            settings: settings, mode: mode, scopes: scopes, principal: transaction.statement.claims.principal,
            actors: transaction.statement.claims.actors,
            subjectToken: settings.subject == .originalToken ? transaction.subjectToken : nil,
            transaction: transaction.id)
        let key = CredentialKey.exchange(
            grant, client: policy.clients[settings.client], tokenDigest: transaction.tokenDigest,
            policyDigest: policy.digest)
        let request = CredentialRequest(
            key: key, grant: .exchange(grant), tenant: transaction.statement.claims.principal.tenant,
            notAfter: transaction.tokenExpires, policyDigest: policy.digest)
        return .request(request, audience: settings.audience ?? settings.resource, scopes: scopes)
    }

    /// What the service may get of what the actor has. Never nothing: an authorization server that is asked for no
    /// scope gives its default.
    private static func shared(_ wanted: [ByteString], _ had: [ByteString]) throws(EgressRefusal) -> [ByteString] {
        let shared = wanted.filter(had.contains)
        guard !shared.isEmpty else { throw .scopeExceedsActor(wanted) }
        return shared
    }

    var scopes: [ByteString] {
        switch self {
        case .fixed: []
        case .request(_, _, let scopes), .reissue(_, let scopes): scopes
        }
    }

    var audience: ByteString? {
        switch self {
        case .fixed: nil
        case .request(_, let audience, _): audience
        case .reissue(let settings, _): settings.audience
        }
    }
}
