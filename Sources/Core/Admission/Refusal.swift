package import HTTPCodec
package import MCP
package import Policy
package import StrictCoding

/// Every way in which an ingress request ends without the answer of its MCP server. Closed: a new way is a new case.
package enum Refusal: Error, Sendable {
    // The request as HTTP.
    case wire(WireError)
    case hostNotServed
    case pathNotServed
    case methodNotServed
    case originNotAllowed
    /// A GET or DELETE with a body.
    case bodyNotExpected
    case contentTypeNotJSON
    case contentEncoded
    case bodyTooLarge(limit: Int)

    // The credential.
    case credentialMissing
    case credentialInQuery(alsoInHeader: Bool)
    /// Two `Authorization` fields or two credentials in one.
    case credentialRepeated
    case credentialMalformed
    /// Another scheme than Bearer.
    case credentialSchemeNotSupported
    case token(TokenRefusal)
    case issuerUnavailable
    case tenantUnknown
    case scopesUndeterminable

    // The message.
    case message(MessageRefusal)
    case sessionUnknown
    /// An answer to something that the server asked, outside of any session.
    case sessionMissing

    // The policy.
    case insufficientScope(required: [ByteString], rules: [RuleName])
    case denied(Denial, rules: [RuleName])

    // The gateway itself.
    case envelopeTooLarge
    case signingFailed
    case auditUnavailable
    /// As many requests as may be are being worked on, in all or by this principal.
    case tooManyTransactions
    /// The process works on as many requests as it may.
    case tooManyRequests
    /// The user has as many under way on this event loop as one may.
    case tooManyRequestsOfUser
    case tooManyStreamsOfUser
    /// As many bytes of messages are held in memory as may be.
    case tooMuchBuffered

    // The MCP server.
    case upstream(UpstreamFault)
}

/// What the MCP server did that cannot be passed on.
package enum UpstreamFault: String, Error, Sendable, CaseIterable {
    case unreachable = "upstream_unreachable"
    /// It was reached, and did not prove who it is.
    case untrusted = "upstream_untrusted"
    case overloaded = "upstream_overloaded"
    case timeout = "upstream_timeout"
    case closedEarly = "upstream_closed"
    case malformed = "upstream_malformed"
    /// It answered 401 or 403: it wants a credential of its own, which the client cannot give.
    case wantsCredential = "upstream_wants_credential"
    /// It answered with a redirect, which would show the client an internal address.
    case redirected = "upstream_redirected"
    /// Its answer carried the envelope back.
    case echoedEnvelope = "upstream_echoed_envelope"
    /// The instance of a launched server that works for this principal is busy for too long, or all are.
    case instanceBusy = "instance_busy"
    /// It does not start, or does not stay.
    case instanceUnavailable = "instance_unavailable"
    /// Not its fault: the client left before the request was sent to it.
    case clientGone = "client_gone"
}

package extension Refusal {
    /// Stable word for metrics, audit records and problem documents; the table is in `docs/refusals.md`.
    var code: String {
        switch self {
        case .wire(let error): "\(error.code)"
        case .hostNotServed: "host_not_served"
        case .pathNotServed: "path_not_served"
        case .methodNotServed: "method_not_served"
        case .originNotAllowed: "origin_not_allowed"
        case .bodyNotExpected: "body_not_expected"
        case .contentTypeNotJSON: "content_type_not_json"
        case .contentEncoded: "content_encoded"
        case .bodyTooLarge: "body_too_large"
        case .credentialMissing: "credential_missing"
        case .credentialInQuery: "credential_in_query"
        case .credentialRepeated: "credential_repeated"
        case .credentialMalformed: "credential_malformed"
        case .credentialSchemeNotSupported: "credential_scheme_not_supported"
        case .token(let refusal): refusal.code
        case .issuerUnavailable: "issuer_unavailable"
        case .tenantUnknown: "tenant_unknown"
        case .scopesUndeterminable: "scopes_undeterminable"
        case .message(let refusal): "\(refusal.code)"
        case .sessionUnknown: "session_unknown"
        case .sessionMissing: "session_missing"
        case .insufficientScope: "insufficient_scope"
        case .denied(let denial, _): "\(denial.code)"
        case .envelopeTooLarge: "envelope_too_large"
        case .signingFailed: "signing_failed"
        case .auditUnavailable: "audit_unavailable"
        case .tooManyTransactions: "too_many_transactions"
        case .tooManyRequests: "too_many_requests"
        case .tooManyRequestsOfUser: "too_many_requests_of_user"
        case .tooManyStreamsOfUser: "too_many_streams_of_user"
        case .tooMuchBuffered: "too_much_buffered"
        case .upstream(let fault): fault.rawValue
        }
    }

    /// The HTTP status where nothing of the MCP protocol asks for another (see `RefusalResponse`).
    var status: Int {
        switch self {
        case .wire(let error): error.status
        case .hostNotServed: 421
        case .pathNotServed: 404
        case .methodNotServed: 405
        case .originNotAllowed: 403
        case .bodyNotExpected: 400
        case .contentTypeNotJSON, .contentEncoded: 415
        case .bodyTooLarge: 413
        case .credentialMissing, .credentialSchemeNotSupported: 401
        case .credentialInQuery(let alsoInHeader): alsoInHeader ? 400 : 401
        case .credentialRepeated, .credentialMalformed: 400
        case .token: 401
        case .issuerUnavailable: 503
        case .tenantUnknown, .scopesUndeterminable: 403
        case .message(let refusal): refusal.status
        case .sessionUnknown: 404
        case .sessionMissing: 400
        case .insufficientScope, .denied: 403
        case .envelopeTooLarge, .signingFailed: 500
        case .auditUnavailable, .tooManyTransactions, .tooManyRequests, .tooMuchBuffered: 503
        case .tooManyRequestsOfUser, .tooManyStreamsOfUser: 429
        case .upstream(.timeout): 504
        // Nobody is there to read it; the number is the one that nginx uses in logs.
        case .upstream(.clientGone): 499
        case .upstream(.overloaded), .upstream(.instanceBusy), .upstream(.instanceUnavailable): 503
        case .upstream: 502
        }
    }

    /// The rules of the policy that decided, for audit and for whoever asks why.
    var rules: [RuleName] {
        switch self {
        case .insufficientScope(_, let rules), .denied(_, let rules): rules
        default: []
        }
    }

    /// Seconds after which trying again makes sense, where it does.
    var retryAfterSeconds: Int? {
        switch self {
        case .issuerUnavailable, .auditUnavailable, .tooManyTransactions, .upstream(.overloaded),
            .upstream(.instanceBusy), .upstream(.instanceUnavailable), .tooManyRequests, .tooManyRequestsOfUser,
            .tooManyStreamsOfUser, .tooMuchBuffered:
            5
        default: nil
        }
    }

    /// Refused for want of room before anything was done, as often as anybody likes.
    var isOverload: Bool {
        switch self {
        case .tooManyRequests, .tooManyRequestsOfUser, .tooManyStreamsOfUser, .tooMuchBuffered: true
        default: false
        }
    }
}
