import Policy
import StrictCoding

/// How a server's outbound calls find the request that they belong to, and what the operator does for a server of that
/// kind (docs/egress.md).
enum ServerWay: String, Sendable, CaseIterable {
    /// It copies the headers of its request, the envelope among them.
    case forwardsEnvelope = "forwards_envelope"
    /// It forwards `Authorization`, which holds a handle.
    case forwardsHandle = "forwards_handle"
    /// The gateway runs it, one process for each principal.
    case launched = "launched"
    /// Its calls arrive and show nothing.
    case showsNothing = "shows_nothing"
    /// The gateway runs it and no call arrived.
    case launchedButSilent = "launched_but_silent"
    /// No call arrived.
    case silent = "silent"

    init?(attribution: ByteString) {
        switch attribution {
        case "envelope": self = .forwardsEnvelope
        case "handle": self = .forwardsHandle
        case "instance": self = .launched
        default: return nil
        }
    }

    var sentence: String {
        switch self {
        case .forwardsEnvelope: "the server copies the headers of its request, the envelope with them"
        case .forwardsHandle: "the server passes `Authorization` on, and with it the handle"
        case .launched: "the gateway runs the server, one process for each user, agent and set of scopes"
        case .showsNothing: "calls arrive, and nothing in them says for which request they are"
        case .launchedButSilent: "the gateway runs the server, and no call of its arrived"
        case .silent: "no call arrived while the server worked on the request"
        }
    }

    /// What to do, where something is to be done.
    func advice(policyPath: String, server: Server, services: [ByteString]) -> [String] {
        switch self {
        case .forwardsEnvelope:
            return [
                "the envelope also travels to hosts that the server calls directly: give them no base URL of their own"
            ]
        case .forwardsHandle, .launched:
            return []
        case .showsNothing:
            return [
                "if the server passes `Authorization` on, write `upstream_auth: handle` under `servers.\(server.name)`",
                "if it reads its API's address from its environment, let the gateway run it: `launch` instead of `upstream`",
                "a call that the server makes after its answer, or in a worker shared by requests, belongs to none",
            ]
        case .launchedButSilent:
            return [
                "if the tool should have called an API, the server does not read its address where the policy puts it:"
                    + " see `servers.\(server.name).launch.env`, whose values begin with `${egress}/`"
            ]
        case .silent:
            let lines = services.map { "  bulla egress-url \(policyPath) \(server.name) \($0)" }
            return ["if the tool should have called an API, put the URL that this prints in place of the API's own:"]
                + lines
        }
    }
}

/// What helps against a refusal of an outbound call.
enum EgressAdvice {
    static func text(_ code: ByteString) -> String? {
        table.first { $0.code == code }?.advice
    }

    private static let table: [(code: ByteString, advice: String)] = [
        ("presenter_unknown", "the base URL holds a secret that is not known (any more): see `bulla egress-url`"),
        ("unattributed", "the call shows neither envelope nor handle, or its request is over"),
        ("ambiguous", "what the call shows belongs to different requests: does the server reuse headers?"),
        ("txn_closed", "the call came after the answer to its request; finish the work before answering"),
        ("envelope_invalid", "the envelope is not one that was made for this server; does the server cache headers?"),
        ("envelope_expired", "the call came after the envelope had expired (`gateway.envelope.lifetime`)"),
        ("call_budget", "the request made more calls than `gateway.limits.transaction_calls`"),
        ("call_concurrency", "more calls at once than `gateway.limits.transaction_concurrent_calls`"),
        ("target_not_allowed", "add the service to the server's `services`, or method and path to its `allow`"),
        ("mode_mismatch", "the policy changed meanwhile; try again"),
        (
            "scope_exceeds_actor",
            "the token lacks a scope that `allow` or the credential requires; ask for it at the login"
        ),
        ("no_user_subject", "the token is a service's own: use a user's, or a service with `mode: service_identity`"),
        ("identity_estimated", "the token does not say for sure who the user is; see `issuers` and `agents`"),
        ("identity_leak", "the server copies the envelope or handle into another header or the query"),
        ("subject_rejected", "the authorization server does not exchange this user's token for this client"),
        (
            "actor_rejected",
            "the authorization server does not let the agent act; does it know the gateway's assertions?"
        ),
        ("interaction_required", "the user must first consent to this API at the identity provider"),
        (
            "exchange_misconfigured",
            "client, key, audience or scopes are not what the authorization server has registered"
        ),
        ("exchange_rejected", "the authorization server's token is not what was asked for; the audit record says how"),
        ("exchange_unavailable", "the authorization server does not answer"),
        ("audit_unavailable", "the audit file cannot be written"),
        ("credential_rejected", "the API answers 401 to the token: does it accept this issuer and audience?"),
        ("downstream_unreachable", "nothing answers at the service's `url`"),
        ("downstream_address_refused", "the service's name leads to a private address; see `allow_private`"),
        ("downstream_timeout", "the API did not answer in time"),
        ("downstream_redirected", "the API redirects; write the address that it redirects to as `url`"),
    ]
}
