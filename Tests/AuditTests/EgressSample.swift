import Admission
import Delegation
import Identity
import StrictCoding

@testable import Audit

/// Records of outbound calls.
extension Sample {
    static func claims(
        subject: ByteString = "alice", isVouchedFor: Bool = true, transaction: ByteString = "01KC0000000000000000000001"
    ) -> EnvelopeClaims {
        let agent: ByteString = isVouchedFor ? "agent_456" : "client:webapp-prod"
        let chain = [
            ActorChain.Actor(subject: agent, issuer: "http://127.0.0.1:8080"),
            ActorChain.Actor(subject: "agent_1", issuer: "http://127.0.0.1:8080"),
        ]
        return EnvelopeClaims(
            issuer: "http://127.0.0.1:8080", audience: "http://127.0.0.1:8080/.eie/orders-mcp", issuedAt: now,
            expiresAt: now + 300, tokenID: "01KC0000000000000000000002", transactionID: transaction,
            workload: "http://127.0.0.1:8080/ingress",
            principal: Principal(
                issuer: "http://127.0.0.1:9000", tenant: "acme", subject: subject, kind: .user, clientID: "webapp-prod",
                agentID: agent),
            actors: isVouchedFor ? ActorChain(chain) : .none, scopes: ["orders:read"],
            confidence: isVouchedFor ? .verified : .estimated([.agentID]), sessionID: "session-1",
            traceID: "0af7651916cd43dd8448eb211c80319c",
            delegation: .init([.init(service: "orders_api", mode: .onBehalfOf)]))
    }

    /// A call that was understood as far as it can be, before there is a credential.
    static func call(_ claims: EnvelopeClaims = claims(), actorName: ByteString = "Alice") -> EgressTrail {
        var trail = EgressTrail()
        trail.presenter = .server("orders-mcp")
        trail.service = "orders_api"
        trail.host = "127.0.0.1:4000"
        trail.method = "GET"
        trail.pathPattern = "/orders/*"
        trail.rule = "services.orders_api.allow[0]"
        trail.statement = TransactionStatement(claims: claims, actorName: actorName)
        trail.attribution = .envelope
        trail.span = span
        trail.mode = .onBehalfOf
        trail.scopesRequested = ["orders:read"]
        trail.audience = "orders-api"
        return trail
    }

    static func egress(_ event: EgressRecord.Event, _ trail: EgressTrail = call()) -> AuditRecord {
        .egress(EgressRecord(event, trail, policyDigest: epoch.policy.digest))
    }

    /// An intent that is told from others by its transaction.
    static func intent(_ transaction: String) -> AuditRecord {
        egress(.intent, call(claims(transaction: ByteString(transaction))))
    }
}
