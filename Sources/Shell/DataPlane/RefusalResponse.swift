import Admission
import HTTPCodec
import MCP
import Policy
import StrictCoding

/// A refusal as it goes out: the one place where refusals become HTTP.
///
/// Before the message is understood the answer is a problem document (RFC 9457) with its HTTP status. After that it is
/// a JSON-RPC answer to the request's id, in the shape that the client's era survives: a client of the modern revisions
/// shows an HTTP error with a JSON-RPC body, one of the earlier ones drops its whole connection at any status of 400 or
/// more that is not 401, 404 or a step-up 403, so it gets 200 and the error inside.
struct RefusalResponse {
    let status: Int
    let fields: FieldBlock
    let body: [UInt8]

    init(_ refusal: Refusal, trail: IngressTrail, epoch: Epoch) {
        let shape = Shape(refusal, trail: trail, epoch: epoch)
        var fields = FieldBlock(reservingBytes: 512, fields: 8)
        fields.append("Cache-Control", "no-store")
        if let server = trail.server, shape.mayChallenge,
            let challenge = Challenge.value(
                for: refusal, server: server, granted: trail.caller?.token.scopes ?? [], epoch: epoch)
        {
            fields.append("WWW-Authenticate", plain: challenge, "challenges are written in plain ASCII")
        }
        if case .methodNotServed = refusal { fields.append("Allow", "GET, POST, DELETE, OPTIONS") }
        if let seconds = refusal.retryAfterSeconds { fields.append("Retry-After", number: seconds) }
        if let origin = trail.origin {
            fields.append("Access-Control-Allow-Origin", plain: origin.bytes, "the policy checks its origins")
            fields.append("Access-Control-Expose-Headers", Preflight.exposedHeaders)
            fields.append("Vary", "Origin")
        }
        switch shape {
        case .problem:
            fields.append("Content-Type", "application/problem+json")
            body = ProblemDocument(code: refusal.code, status: shape.status, detail: refusal.explanation).bytes
        case .error, .toolError:
            fields.append("Content-Type", "application/json")
            body = shape.body(refusal)
        }
        status = shape.status
        self.fields = fields
    }
}

/// How a refusal is put, given what is known of the request.
private enum Shape {
    case problem(status: Int)
    /// A JSON-RPC error; without an id where the request's own could not be read.
    case error(status: Int, id: [UInt8]?)
    /// A tool result with `isError`, which a model reads and a client survives.
    case toolError(id: [UInt8], era: Era)

    init(_ refusal: Refusal, trail: IngressTrail, epoch: Epoch) {
        switch refusal {
        case .message, .sessionUnknown, .sessionMissing:
            self = .error(status: refusal.status, id: trail.requestID)
            return
        // Steps that the client can take are told as OAuth tells them, whatever the era.
        case .insufficientScope:
            self = trail.requestID.map { .error(status: refusal.status, id: $0) } ?? .problem(status: refusal.status)
            return
        default: break
        }
        guard let id = trail.requestID, let server = trail.server else {
            self = .problem(status: refusal.status)
            return
        }
        let isToolCall = trail.mcpMethod == "tools/call"
        switch epoch.policy.servers[server].denyAs {
        case .http403: self = .error(status: refusal.status, id: id)
        case .jsonrpc: self = .error(status: 200, id: id)
        case .toolError: self = isToolCall ? .toolError(id: id, era: trail.era) : .error(status: 200, id: id)
        case .auto where trail.era == .modern: self = .error(status: refusal.status, id: id)
        case .auto:
            if case .denied = refusal, isToolCall {
                self = .toolError(id: id, era: .legacy)
            } else {
                self = .error(status: 200, id: id)
            }
        }
    }

    var status: Int {
        switch self {
        case .problem(let status), .error(let status, _): status
        case .toolError: 200
        }
    }

    /// A challenge beside status 200 would be noise.
    var mayChallenge: Bool { status == 401 || status == 403 }

    func body(_ refusal: Refusal) -> [UInt8] {
        if case .message(let message) = refusal { return message.body }
        switch self {
        case .toolError(let id, let era):
            return JSONRPC.toolError(id: id[...], text: "\(refusal.code): \(refusal.explanation)", era: era)
        case .error(_, let id):
            return JSONRPC.error(id: id?[...], code: Self.errorCode(refusal), message: refusal.explanation) { data in
                data.member("code", refusal.code)
            }
        case .problem:
            preconditionFailure("a problem document has its own writer")
        }
    }

    /// Codes of our own are positive: the specification reserves -32768 to -32000.
    private static func errorCode(_ refusal: Refusal) -> Int {
        switch refusal {
        case .sessionUnknown, .sessionMissing: JSONRPC.invalidRequest
        default: refusal.status
        }
    }
}
