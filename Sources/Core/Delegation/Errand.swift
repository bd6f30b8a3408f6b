import Admission
import HTTPCodec
import Identity
import Policy
import StrictCoding

/// A call that the policy allows: who it is for, which service it reaches, in which mode, and what it must carry.
final class Errand: Sendable {
    let call: OutboundCall
    let attributed: AttributedCall
    /// Of the call, however often it is sent.
    let span: SpanID
    let plan: ServicePlan
    let need: CredentialNeed

    var service: DownstreamService { plan.service }
    var transaction: Transaction { attributed.transaction }

    /// The policy's word on a call, as it stands now, whatever it was when the request began.
    init(
        _ call: OutboundCall, _ attributed: AttributedCall, span: SpanID, plan: EgressPlan, trail: inout EgressTrail
    ) throws(EgressRefusal) {
        let transaction = attributed.transaction
        trail.attribute(to: transaction, by: attributed.attribution, span: span)
        guard let server = plan.server(transaction.server), let service = server.services[call.service] else {
            throw .serviceNotAllowed
        }
        trail.name(service)
        guard let granted = transaction.statement.claims.delegation.mode(for: service.service.name) else {
            throw .serviceNotAllowed
        }
        guard granted == service.mode else { throw .modeMismatch }
        if call.leaks(mark: transaction.envelopeMark, header: plan.header) { throw .leaksIdentity }

        let scopes = transaction.statement.claims.scopes.filter(server.scopes.contains)
        try Self.checkAccess(call, service, scopes, &trail)
        try Self.checkSubject(transaction, service.mode)
        self.call = call
        self.attributed = attributed
        self.span = span
        self.plan = service
        need = try CredentialNeed(service, transaction: transaction, actorScopes: scopes, policy: plan.epoch.policy)
        trail.scopesRequested = need.scopes
        trail.audience = need.audience
    }

    private static func checkAccess(
        _ call: OutboundCall, _ plan: ServicePlan, _ scopes: [ByteString], _ trail: inout EgressTrail
    ) throws(EgressRefusal) {
        switch plan.service.access(method: call.method, path: call.path, scopes: scopes) {
        case .allowed(let rule):
            trail.note(rule, of: plan, path: call.path)
        case .missingScopes(let missing, let rule):
            trail.note(rule, of: plan, path: call.path)
            throw .scopeExceedsActor(missing)
        case .notAllowed:
            throw .targetNotAllowed
        }
    }

    /// A token for a user needs a user, and one whose identity was verified in this request.
    private static func checkSubject(_ transaction: Transaction, _ mode: DelegationMode) throws(EgressRefusal) {
        if case .estimated(let fields) = transaction.statement.claims.confidence,
            fields.contains(where: { $0 != .agentID })
        {
            throw .identityEstimated
        }
        switch mode {
        case .onBehalfOf, .restrictedUser:
            guard transaction.statement.claims.principal.kind == .user else { throw .noUserSubject }
        case .serviceIdentity: break
        }
    }
}

private extension EgressTrail {
    mutating func note(_ rule: Int, of plan: ServicePlan, path: ByteString) {
        let paths = plan.service.allow[rule].paths
        // The rule covers the path, and so does its only pattern.
        note(rule: plan.rules[rule], pattern: (paths.count == 1 ? paths[0] : paths.first { $0.matches(path) })?.text)
    }
}
