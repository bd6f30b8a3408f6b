import Delegation
import HTTPCodec
import HTTPWire
import StrictCoding

/// A refused outbound call as it goes out: a problem document (RFC 9457), with nothing of anybody else's words.
struct EgressRefusalResponse {
    let whole: WholeResponse

    init(_ refusal: EgressRefusal) {
        var fields = FieldBlock(reservingBytes: 256, fields: 4)
        fields.append("Cache-Control", "no-store")
        fields.append("Content-Type", "application/problem+json")
        if let seconds = refusal.retryAfterSeconds { fields.append("Retry-After", number: seconds) }
        let problem = ProblemDocument(code: refusal.code, status: refusal.status, detail: refusal.explanation)
        whole = WholeResponse(status: refusal.status, fields: fields, body: problem.bytes)
    }
}

/// A problem document (RFC 9457) of the gateway: `type` is `urn:eie:error:` and the code.
struct ProblemDocument {
    let bytes: [UInt8]

    init(code: String, status: Int, detail: String) {
        var writer = JSONWriter()
        writer.object { problem in
            problem.member("type", "urn:eie:error:\(code)")
            problem.member("title", code)
            problem.member("status", status)
            problem.member("detail", detail)
        }
        // A newline, since most who read this sit at a terminal.
        bytes = writer.bytes + [0x0A]
    }
}
