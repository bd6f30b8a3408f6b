import StrictCoding

package extension EgressRefusal {
    /// One sentence for the person who reads the answer in a server's log: what is wrong and, where there is one, the
    /// way out. Nothing of the request's own bytes but names that the policy knows, and no secret.
    var explanation: String {
        switch self {
        case .wire(.ambiguousPath):
            "the path has `//`, `..`, `;` or an escape that servers read differently; does the base URL end in a slash?"
        case .wire(let error): "the request is not acceptable HTTP/1.1: \(error.code)"
        case .presenterUnknown:
            "the path must begin with the secret of a server, as `bulla egress-url` prints it"
        case .attribution(let refusal): refusal.explanation
        case .tooManyFailures: "too many calls prove nothing; those that do are not held up"
        case .envelope(.expired):
            "the envelope has expired; a call must be made within its lifetime (gateway.envelope.lifetime)"
        case .envelope: "the envelope is not one that this gateway made for this server"
        case .proofRepeated: "the call shows more than one envelope or credential"
        case .serviceNotAllowed: "this server may call no service of that name for this request; see its `services`"
        case .targetNotAllowed:
            "the service's `allow` has no rule for this method and path (of the path, what comes after the service's `url`)"
        case .modeMismatch: "the service's mode has changed since the request began; make the request again"
        case .scopeExceedsActor(let scopes):
            "the call requires scopes that the user has not granted: \(scopes.map(\.string).joined(separator: " "))"
        case .noUserSubject: "the request was made by a service for itself, and this API is called for users only"
        case .identityEstimated: "who made the request was not verified well enough for this API"
        case .leaksIdentity: "the call carries an envelope, a handle or the server's secret where the API would see it"
        case .auditUnavailable: "the audit log cannot take the record of this call, so the call is not made"
        case .signingFailed: "the token for the service could not be signed"
        case .envelopeTooLarge: "this identity does not fit into an envelope of 4096 bytes"
        case .credential(let fault): fault.explanation
        case .downstream(let fault): fault.explanation
        }
    }
}

private extension AttributionRefusal {
    var explanation: String {
        switch self {
        case .unattributed:
            "the call belongs to no request of a user: it shows neither envelope nor handle, or none is being worked on"
        case .ambiguous: "the call cannot be told apart: what it shows belongs to different requests"
        case .closed: "the request to which the call belongs has been answered"
        case .wrongPresenter: "the request to which the call belongs was sent to another server"
        case .budgetSpent: "the request has made all its calls (gateway.limits.transaction_calls)"
        case .tooManyAtOnce: "the request makes too many calls at once (gateway.limits.transaction_concurrent_calls)"
        }
    }
}

private extension CredentialFault {
    var explanation: String {
        switch self {
        case .subjectRejected: "the authorization server gives no token for this user here"
        case .actorRejected: "the authorization server does not let this agent act for the user here"
        case .interactionRequired: "the user must first consent at the identity provider"
        case .misconfigured: "the authorization server refuses the gateway's own request; see its log and audit"
        case .rejected(.audienceMissing), .rejected(.unverifiable):
            "the token from the authorization server does not show for which API it is; see `exchange.verify`"
        case .rejected(let flaw): "the authorization server's answer cannot be used: \(flaw.rawValue)"
        case .unavailable: "the authorization server does not answer; no other identity is used instead"
        }
    }
}

private extension DownstreamFault {
    var explanation: String {
        switch self {
        case .unreachable: "the service cannot be reached"
        case .untrusted: "there is no TLS connection to the service that can be trusted; see the gateway's log"
        case .addressRefused: "the service's name leads to an address that is not allowed; see `allow_private`"
        case .overloaded: "too many calls wait for the service; try again"
        case .timeout: "the service did not answer in time"
        case .closedEarly: "the service closed the connection before its answer was complete"
        case .malformed: "the service's answer is not valid HTTP/1.1"
        case .redirected: "the service redirects to where calls may not go"
        case .credentialRejected: "the service does not accept the token that it was given"
        case .callerGone: "the server gave up the call"
        }
    }
}
