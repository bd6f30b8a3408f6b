package import HTTPCodec
package import Identity
package import StrictCoding

/// Every way in which an outbound call ends without the answer of its service. Closed: a new way is a new case.
package enum EgressRefusal: Error, Sendable {
    case wire(WireError)

    // Who calls, for which request.
    /// The path does not begin with the secret of a server or an instance.
    case presenterUnknown
    case attribution(AttributionRefusal)
    /// Calls of nobody and for nothing come faster than any mistake would make them.
    case tooManyFailures
    case envelope(EnvelopeRefusal)
    /// Two envelopes, or two credentials, in one call.
    case proofRepeated

    // The policy.
    /// No service of this name, or not for this server or this request.
    case serviceNotAllowed
    /// The service's `allow` has no rule for this method and path.
    case targetNotAllowed
    /// The service is called in another mode now than when the envelope was minted.
    case modeMismatch
    case scopeExceedsActor([ByteString])
    /// A service acts for itself: there is no user on whose behalf a token could be.
    case noUserSubject
    /// Who the actor is was not verified in this request.
    case identityEstimated
    /// An envelope, a handle or the server's secret stands where it would be passed on.
    case leaksIdentity

    // The gateway itself and the authorization server.
    case auditUnavailable
    case signingFailed
    case envelopeTooLarge
    case credential(CredentialFault)

    // The service.
    case downstream(DownstreamFault)
}

/// What a service did that cannot be passed on.
package enum DownstreamFault: String, Error, Sendable, CaseIterable {
    case unreachable = "downstream_unreachable"
    /// It was reached, and did not prove who it is.
    case untrusted = "downstream_untrusted"
    /// Its name leads to an address that the policy does not allow.
    case addressRefused = "downstream_address_refused"
    case overloaded = "downstream_overloaded"
    case timeout = "downstream_timeout"
    case closedEarly = "downstream_closed"
    case malformed = "downstream_malformed"
    /// It redirects to where calls may not go.
    case redirected = "downstream_redirected"
    /// It answered 401 to the credential, and to a fresh one where one could be tried.
    case credentialRejected = "credential_rejected"
    /// Not its fault: the server gave up the call.
    case callerGone = "caller_gone"
}

package extension EgressRefusal {
    /// Stable word for metrics, audit records and problem documents; the table is in `docs/refusals.md`.
    var code: String {
        switch self {
        case .wire(let error): "\(error.code)"
        case .presenterUnknown: "presenter_unknown"
        case .tooManyFailures: "too_many_failures"
        case .attribution(.unattributed): "unattributed"
        case .attribution(.ambiguous): "ambiguous"
        case .attribution(.closed): "txn_closed"
        case .attribution(.wrongPresenter), .proofRepeated: "envelope_invalid"
        case .attribution(.budgetSpent): "call_budget"
        case .attribution(.tooManyAtOnce): "call_concurrency"
        case .envelope(.expired): "envelope_expired"
        case .envelope: "envelope_invalid"
        case .serviceNotAllowed, .targetNotAllowed: "target_not_allowed"
        case .modeMismatch: "mode_mismatch"
        case .scopeExceedsActor: "scope_exceeds_actor"
        case .noUserSubject: "no_user_subject"
        case .identityEstimated: "identity_estimated"
        case .leaksIdentity: "identity_leak"
        case .auditUnavailable: "audit_unavailable"
        case .signingFailed: "signing_failed"
        case .envelopeTooLarge: "envelope_too_large"
        case .credential(.subjectRejected): "subject_rejected"
        case .credential(.actorRejected): "actor_rejected"
        case .credential(.interactionRequired): "interaction_required"
        case .credential(.misconfigured): "exchange_misconfigured"
        case .credential(.rejected): "exchange_rejected"
        case .credential(.unavailable): "exchange_unavailable"
        case .downstream(let fault): fault.rawValue
        }
    }

    var status: Int {
        switch self {
        case .wire(let error): error.status
        // 403 and never 401, which would send the HTTP client inside a server into a loop of logins.
        case .presenterUnknown, .envelope, .proofRepeated, .serviceNotAllowed, .targetNotAllowed, .modeMismatch,
            .scopeExceedsActor, .noUserSubject, .identityEstimated, .leaksIdentity:
            403
        case .attribution(.budgetSpent), .attribution(.tooManyAtOnce), .tooManyFailures: 429
        case .attribution: 403
        case .auditUnavailable: 503
        case .signingFailed, .envelopeTooLarge: 500
        case .credential(.subjectRejected), .credential(.actorRejected), .credential(.interactionRequired): 403
        case .credential(.misconfigured), .credential(.rejected): 502
        case .credential(.unavailable): 503
        case .downstream(.addressRefused): 403
        case .downstream(.timeout): 504
        case .downstream(.overloaded): 503
        // Nobody is there to read it; the number is the one that nginx uses in logs.
        case .downstream(.callerGone): 499
        case .downstream: 502
        }
    }

    /// What audit adds to the code, for the operator; never sent to the caller.
    var detail: String? {
        switch self {
        case .envelope(let refusal): "\(refusal.code)"
        case .attribution(.wrongPresenter): "wrong_presenter"
        case .proofRepeated: "repeated"
        case .serviceNotAllowed: "service"
        case .credential(.misconfigured(let code)): code.string
        case .credential(.rejected(let flaw)): flaw.rawValue
        default: nil
        }
    }

    /// Seconds after which trying again makes sense, where it does.
    var retryAfterSeconds: Int? {
        switch self {
        case .credential(.unavailable(let seconds, _)): seconds
        case .auditUnavailable, .downstream(.overloaded): 5
        case .attribution(.tooManyAtOnce), .tooManyFailures: 1
        default: nil
        }
    }
}
