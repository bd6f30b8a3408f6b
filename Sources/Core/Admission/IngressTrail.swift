package import Identity
package import MCP
package import Policy
package import StrictCoding

/// What is known of a request so far. It grows as the request is understood and says, at any moment, whom an answer or
/// a record is about.
package struct IngressTrail: Sendable {
    /// Position of the MCP server in the policy.
    package var server: Int?
    /// Bytes of the HTTP method, for the record.
    package var httpMethod: ByteString = ""
    /// A browser origin that the policy allows: it may read the answer.
    package var origin: ByteString?
    package var caller: Caller?
    package var era: Era = .legacy
    /// The raw JSON id of the request, once it could be read.
    package var requestID: [UInt8]?
    package var mcpMethod: ByteString?
    package var mcpName: ByteString?
    package var traceID: ByteString?
    /// Of the request to the server, once it is to be made.
    package var span: SpanID?
    package var transaction: ByteString?
    package var envelopeID: ByteString?
    /// The rules that allowed the request.
    package var rules: [RuleName] = []

    package init() {}

    /// What a client opens to hear what the server has to say, rather than to have something done.
    var isForListening: Bool {
        httpMethod.equals("GET") || mcpMethod?.equals("subscriptions/listen") == true
    }
}
