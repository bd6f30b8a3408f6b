import Admission
import HTTPCodec
import Identity
import StrictCoding

/// Clients' requests, from their first octet to what the MCP server receives: nothing that names an identity, a route
/// or a connection gets there but ours.
///
/// The input is a request with its body. Its bearer token is taken for Alice's.
enum IngressRequests {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let world = World.shared
        guard let (head, content) = try Requests.received(input),
            let sent = Requests.forward(head, content, token: world.alice, epoch: world.epoch)
        else { return }
        let request = sent.request
        try promise(request.principal.subject == "alice" && request.server == 0, "for somebody else")
        try promise(request.target == Array("/mcp".utf8), "another path than the server's: \(request.target.shown)")
        try promise(head.fields.occurrences(of: "authorization") == 1, "two credentials were let through")
        try promise(
            request.fields.occurrences(of: "txn-token") == 1 && request.fields.occurrences(of: "authorization") == 1,
            "a server without an envelope or a handle")
        try SentFields.check(request.fields, ours: ours(sent.marks[0], handle: sent.handle), mayPass: mayPass)
        try SentFields.checkWire(
            method: request.method, target: request.target, fields: request.fields,
            framing: request.body.isEmpty ? .none : .length(request.body.count))
        if !request.body.isEmpty {
            let body = try? JSONDocument(parsing: request.body, limits: .message)
            try promise(body?.root["jsonrpc"]?.text == "2.0", "a server gets what is no message")
        }
    }

    private static func ours(_ envelope: [UInt8], handle: [UInt8]?) -> [String: [UInt8]] {
        var ours = [
            "host": "127.0.0.1:3001", "via": "1.1 bulla", "x-forwarded-host": "gw.example",
            "x-forwarded-proto": "https", "x-actor-sub": "alice", "x-actor-tenant": "acme", "x-agent-id": "agent_456",
            "x-delegation-mode": "on_behalf_of",
        ].mapValues { Array($0.utf8) }
        ours["txn-token"] = envelope
        ours["authorization"] = handle
        return ours
    }

    private static let passed: Set<String> = [
        "accept", "accept-language", "user-agent", "mcp-protocol-version", "mcp-method", "mcp-name", "last-event-id",
        "content-type", "mcp-session-id", "traceparent", "tracestate", "baggage", "x-trace-id",
    ]

    private static func mayPass(_ name: String) -> Bool {
        passed.contains(name) || name.hasPrefix("mcp-param-")
    }
}
