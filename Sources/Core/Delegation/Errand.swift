import Admission
import HTTPCodec
import Identity
import Policy
import StrictCoding

/// A call that the policy allows: who it is for, which service it reaches, in which mode, and what it must carry.
struct Errand {
    let call: OutboundCall
    let attributed: AttributedCall
    /// Position in `PolicySet.services`.
    let serviceIndex: Int
    let service: DownstreamService
    let mode: DelegationMode
    let need: CredentialNeed

    /// The policy's word on a call, as it stands now, whatever it was when the request began.
    init(_ call: OutboundCall, _ attributed: AttributedCall, epoch: Epoch, trail: inout EgressTrail)
        throws(EgressRefusal)
    {
        let transaction = attributed.transaction
        let claims = transaction.claims
        trail.claims = claims
        trail.actorName = transaction.actorName
        trail.attribution = attributed.attribution
        guard let server = epoch.policy.servers.first(where: { $0.name == transaction.server }),
            let index = server.services.first(where: { epoch.policy.services[$0].name == call.service })
        else { throw .serviceNotAllowed }
        let service = epoch.policy.services[index]
        trail.service = service.name
        trail.host = service.url.authority
        let mode = DelegationMode(service.mode)
        trail.mode = mode
        guard let granted = claims.delegation.mode(for: service.name) else { throw .serviceNotAllowed }
        guard granted == mode else { throw .modeMismatch }
        if call.leaks(mark: transaction.envelopeMark, header: epoch.policy.envelope.header) { throw .leaksIdentity }

        let scopes = claims.scopes.filter(server.scopes.contains)
        try Self.checkAccess(call, service, scopes, &trail)
        try Self.checkSubject(claims, mode)
        self.call = call
        self.attributed = attributed
        serviceIndex = index
        self.service = service
        self.mode = mode
        need = try CredentialNeed(
            service, transaction: transaction, mode: mode, actorScopes: scopes, policy: epoch.policy)
        trail.scopesRequested = need.scopes
        trail.audience = need.audience
    }

    private static func checkAccess(
        _ call: OutboundCall, _ service: DownstreamService, _ scopes: [ByteString], _ trail: inout EgressTrail
    ) throws(EgressRefusal) {
        let method = ByteString(call.head.method.name)
        switch service.access(method: method, path: call.path, scopes: scopes) {
        case .allowed(let rule):
            trail.note(rule, of: service, path: call.path)
        case .missingScopes(let missing, let rule):
            trail.note(rule, of: service, path: call.path)
            throw .scopeExceedsActor(missing)
        case .notAllowed:
            throw .targetNotAllowed
        }
    }

    /// A token for a user needs a user, and one whose identity was verified in this request.
    private static func checkSubject(_ claims: EnvelopeClaims, _ mode: DelegationMode) throws(EgressRefusal) {
        if case .estimated(let fields) = claims.confidence, fields.contains(where: { $0 != .agentID }) {
            throw .identityEstimated
        }
        switch mode {
        case .onBehalfOf, .restrictedUser:
            guard claims.principal.kind == .user else { throw .noUserSubject }
        case .serviceIdentity: break
        }
    }
}

private extension EgressTrail {
    mutating func note(_ rule: Int, of service: DownstreamService, path: ByteString) {
        self.rule = ByteString("services.\(service.name).allow[\(rule)]")
        pathPattern = service.allow[rule].paths.first { $0.matches(path) }?.text
    }
}
