import Delegation
import StrictCoding
import TestSupport

/// What the gateway itself cannot do, and authorization servers that give no token. Nothing else is tried instead: the
/// service hears nothing.
enum CredentialStories {
    static let all = gateway + faults

    private static let gateway = [
        CallStory(
            CallOutcome(
                status: 503, code: "audit_unavailable", audit: [],
                counted: ["orders orders_api audit_unavailable +1", "unrecorded"])
        ) { stage, engagement in
            stage.audit.isFull = true
            return .outbound().showing(engagement)
        },
        CallStory(
            .failed(500, "signing_failed", whom: .aliceRestricted, at: "orders books", served: false, asked: 0)
        ) {
            let stage = try Stage(.calling(.books), keyID: "not a key id")
            return try stage.outcome(calling: .outbound(to: "books").bearing(stage.plant()))
        },
        CallStory(
            .failed(500, "envelope_too_large", whom: .aliceRestricted, at: "orders books", served: false, asked: 0)
        ) {
            let stage = try Stage(.calling(.books))
            let long = ByteString(String(repeating: "x", count: 255))
            let handle = try stage.plant { claims in
                claims.sessionID = long
                claims.actors = .init(
                    claims.actors.actors
                        + (0..<3).map { _ in .init(subject: long, issuer: ByteString(long.bytes + long.bytes)) })
            }
            return try stage.outcome(calling: .outbound(to: "books").bearing(handle))
        },
    ]

    private static func fault(
        _ status: Int, _ code: String, _ fault: CredentialFault, _ detail: String? = nil
    ) -> CallStory {
        CallStory(.failed(status, code, detail, served: false)) { stage, engagement in
            stage.egress.issue = .fails(fault)
            return .outbound().showing(engagement)
        }
    }

    private static let faults = [
        fault(403, "subject_rejected", .subjectRejected), fault(403, "actor_rejected", .actorRejected),
        fault(403, "interaction_required", .interactionRequired),
        fault(502, "exchange_misconfigured", .misconfigured("invalid_client"), "invalid_client"),
        fault(502, "exchange_rejected", .rejected(.scopeWider), "scope_wider"),
        fault(503, "exchange_unavailable", .unavailable(retryAfterSeconds: 7)),
    ]
}
