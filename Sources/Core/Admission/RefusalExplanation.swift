import MCP
import Policy
import StrictCoding

package extension Refusal {
    /// One sentence for the person who reads the answer: what is wrong and, where there is one, the way out. Nothing of
    /// the request's own bytes but names that the policy or the protocol knows, and no secret.
    var explanation: String {
        switch self {
        case .wire(let error): "the request is not acceptable HTTP/1.1: \(error.code)"
        case .hostNotServed: "this gateway answers only to the host of its public_url; check the Host header"
        case .pathNotServed: "no MCP server is configured at this path"
        case .methodNotServed: "an MCP endpoint answers POST, GET and DELETE"
        case .originNotAllowed: "this browser origin is not in the server's `origins`"
        case .bodyNotExpected: "a GET or DELETE request to an MCP endpoint has no body"
        case .contentTypeNotJSON: "send the message as Content-Type: application/json"
        case .contentEncoded: "the gateway reads every message; send it without Content-Encoding"
        case .bodyTooLarge(let limit): "the message is longer than \(limit) bytes (gateway.limits.body_bytes)"
        case .credentialMissing: "send an access token: Authorization: Bearer …"
        case .credentialInQuery: "access tokens are accepted in the Authorization header only"
        case .credentialRepeated: "send exactly one Authorization header with one credential"
        case .credentialMalformed: "the Authorization header is not `Bearer` and one token"
        case .credentialSchemeNotSupported: "this gateway accepts the Bearer scheme only"
        case .token(let refusal): refusal.explanation
        case .issuerUnavailable: "the identity provider's keys are not available now; try again"
        case .tenantUnknown:
            "the token does not say which tenant it belongs to, or names one that the policy does not map"
        case .scopesUndeterminable: "the token says nothing about scopes"
        case .message(let refusal): refusal.message
        case .sessionUnknown: "Session not found"
        case .sessionMissing: "an answer to the server belongs to a session; send its Mcp-Session-Id"
        case .insufficientScope(let required, _):
            "the operation requires the scopes: \(required.map(\.string).joined(separator: " "))"
        case .denied(let denial, _): denial.explanation
        case .envelopeTooLarge: "this identity does not fit into an envelope of 4096 bytes"
        case .signingFailed: "the envelope could not be signed"
        case .auditUnavailable: "the audit log cannot take the record of this request, so the request is not made"
        case .tooManyTransactions: "as many requests as may be are being worked on; try again when some have ended"
        case .tooManyRequests: "the gateway works on as many requests as it may; try again"
        case .tooManyRequestsOfUser:
            "as many requests of this user as may be are under way; try again when some have ended"
        case .tooManyStreamsOfUser: "as many streams of this user as may be are open; close one"
        case .tooMuchBuffered: "the gateway holds as many messages in memory as it may; try again"
        case .upstream(let fault): fault.explanation
        }
    }
}

private extension UpstreamFault {
    var explanation: String {
        switch self {
        case .unreachable: "the MCP server cannot be reached"
        case .untrusted: "there is no TLS connection to the MCP server that can be trusted; see the gateway's log"
        case .overloaded: "too many requests wait for the MCP server; try again"
        case .timeout: "the MCP server did not answer in time"
        case .closedEarly: "the MCP server closed the connection before its answer was complete"
        case .malformed: "the MCP server's answer is not valid HTTP/1.1"
        case .wantsCredential:
            "the MCP server demands a credential of its own; the operator must open it to the gateway"
        case .redirected: "the MCP server redirects; the operator must set `upstream` to its final address"
        case .instanceBusy: "the MCP server's instance for this user is busy; try again"
        case .instanceUnavailable: "the MCP server's instance for this user does not start; see the gateway's log"
        case .clientGone: "the client left before the request was sent to the MCP server"
        case .echoedEnvelope: "the MCP server's answer carried the gateway's envelope and was withheld"
        }
    }
}

private extension Denial {
    var explanation: String {
        switch self {
        case .methodNotAllowed: "this method is not among those that the policy allows"
        case .unknownTool: "no rule of the policy allows this"
        case .deniedByRule(let reason): reason.map { "denied by the policy: \($0)" } ?? "denied by the policy"
        case .missingScopes(let required): "requires the scopes: \(required.map(\.string).joined(separator: " "))"
        case .argumentNotActor(let argument): "the argument `\(argument)` must be the authenticated user"
        }
    }
}
