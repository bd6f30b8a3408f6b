import MCP
import StrictCoding

/// MCP messages: what is accepted has one reading, agrees with its header fields, and keeps it when the trace context
/// in it is replaced; every refusal is an answer that a client can read.
///
/// The input is the values of `MCP-Protocol-Version`, `Mcp-Method` and `Mcp-Name`, one a line (empty: no such field),
/// an empty line, and the body; or only a body.
enum Messages {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let parts = ByteFeed.parts(of: input, 2)
        let body = parts[1] ?? input
        let lines = parts[1] == nil ? [] : ByteFeed.lines(of: parts[0] ?? [])
        let field = { (index: Int) in lines.indices.contains(index) && !lines[index].isEmpty ? [lines[index][...]] : []
        }
        let headers = RoutingHeaders(protocolVersion: field(0), method: field(1), name: field(2))
        let message: Message
        do { message = try inspect(body, headers) } catch { return try check(error) }
        try check(message, body, headers)
    }

    private static func inspect(_ body: [UInt8], _ headers: RoutingHeaders) throws(MessageRefusal) -> Message {
        try MessageInspector.inspect(body, headers: headers, limits: .message)
    }

    private static func check(
        _ message: Message, _ body: [UInt8], _ headers: RoutingHeaders
    ) throws(BrokenPromise) {
        let root = message.document.root
        try promise(message.document.bytes == body && root.kind == .object, "another message")
        try promise(root["method"]?.text == message.method, "another method")
        switch message.kind {
        case .request(let id):
            try promise(root["id"]?.source == id && message.method != nil, "another id")
            try promise(root["result"] == nil && root["error"] == nil, "question and answer in one")
        case .notification: try promise(root["id"] == nil && message.method != nil, "a notification with an id")
        case .response(let id): try promise(root["id"]?.source == id && message.method == nil, "a response that asks")
        }
        let params = root["params"]
        if let name = message.name {
            try promise(params?["name"]?.text == name || params?["uri"]?.text == name, "another name")
        }
        for (key, _) in params?["_meta"]?.members ?? [] {
            let canonical = String(decoding: key.bytes.map { $0.asciiLowercased }, as: UTF8.self)
            try promise(!canonical.hasPrefix("dev.bulla") && !canonical.hasPrefix("txn-token"), "metadata of ours")
        }
        if let version = headers.protocolVersion.first, message.era == .modern {
            let claimed = params?["_meta"]?["io.modelcontextprotocol/protocolVersion"]?.text
            try promise(claimed == ByteString(version), "header and body name two revisions")
        }
        if let method = headers.method.first { try promise(ByteString(method) == message.method, "two methods") }
        try checkReplacing(message, body, headers)
    }

    /// Nothing but the trace context changes.
    private static func checkReplacing(
        _ message: Message, _ body: [UInt8], _ headers: RoutingHeaders
    ) throws(BrokenPromise) {
        let parent: ByteString = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let sent = message.body(traceparent: parent, tracestate: "vendor=1", baggage: "a=\"b\\")
        guard let again = try? inspect(sent, headers) else {
            throw BrokenPromise("we send what we refuse: \(sent.shown)")
        }
        try promise(again.method == message.method && again.name == message.name, "we send another call")
        try promise(again.era == message.era && again.requestID == message.requestID, "we send another message")
        try promise(again.arguments?.source == message.arguments?.source, "we send other arguments")
        let kept = [message.trace.traceparent, message.trace.tracestate, message.trace.baggage].compactMap { $0?.range }
        if kept.isEmpty { try promise(sent == body, "changed without a reason") }
        if message.trace.traceparent != nil { try promise(again.trace.traceparent?.text == parent, "another trace") }
        if message.trace.baggage != nil { try promise(again.trace.baggage?.text == "a=\"b\\", "other baggage") }
        let second = again.body(traceparent: parent, tracestate: "vendor=1", baggage: "a=\"b\\")
        try promise(second == sent, "replaced again, it is another body")
    }

    private static func check(_ refusal: MessageRefusal) throws(BrokenPromise) {
        try promise([400, 413].contains(refusal.status), "status \(refusal.status)")
        guard let answer = (try? JSONDocument(parsing: refusal.body, limits: .message))?.root else {
            throw BrokenPromise("an answer that is not JSON: \(refusal.body.shown)")
        }
        try promise(answer["jsonrpc"]?.text == "2.0" && answer["error"]?["message"]?.text != nil, "no JSON-RPC error")
        try promise(answer["id"].map { Array($0.source) } == refusal.id, "an answer to something else")
        try promise(refusal.body.count < 8_192, "an answer of \(refusal.body.count) bytes")
    }
}
