import StrictCoding
import TestSupport

/// A client's request as a test writes it.
struct Call {
    var method = "POST"
    var target = TestPolicy.path
    var fields: [(name: String, value: String)] = []
    var body = ""
    /// The bytes to send in place of all that.
    var rawBytes: [UInt8]?

    /// Exactly these bytes, LF as CRLF.
    static func raw(_ text: String) -> Call {
        Call(rawBytes: text.replacingLineEnds())
    }

    /// A tool call of the revisions with sessions.
    static func legacy(_ tool: String = "list_orders", arguments: JSONText = .raw("{}")) -> Call {
        message(
            .object([
                ("jsonrpc", "2.0"), ("id", 1), ("method", "tools/call"),
                ("params", .object([("name", .string(tool)), ("arguments", arguments)])),
            ]))
    }

    /// A tool call of 2026-07-28.
    static func modern(
        _ tool: String = "list_orders", arguments: JSONText = .raw("{}"), meta: [(String, JSONText)] = []
    ) -> Call {
        modern("tools/call", [("name", .string(tool)), ("arguments", arguments)], name: tool, meta: meta)
    }

    /// Any request of 2026-07-28.
    static func modern(
        _ method: String, _ params: [(String, JSONText)], name: String? = nil, meta: [(String, JSONText)] = []
    ) -> Call {
        let meta: [(String, JSONText)] =
            [
                ("io.modelcontextprotocol/protocolVersion", "2026-07-28"),
                ("io.modelcontextprotocol/clientCapabilities", .raw("{}")),
            ] + meta
        var call = message(
            .object([
                ("jsonrpc", "2.0"), ("id", 1), ("method", .string(method)),
                ("params", .object(params + [("_meta", .object(meta))])),
            ]))
        call.fields += [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method)]
        if let name { call.fields.append(("Mcp-Name", name)) }
        return call
    }

    static func message(_ json: JSONText) -> Call {
        message(String(decoding: json.bytes, as: UTF8.self))
    }

    static func message(_ body: String) -> Call {
        Call(
            fields: [
                ("Host", TestPolicy.host), ("Accept", "application/json, text/event-stream"),
                ("Content-Type", "application/json"), ("Content-Length", "\(body.utf8.count)"),
            ], body: body)
    }

    /// A request without a message.
    static func plain(_ method: String = "GET", _ target: String = TestPolicy.path) -> Call {
        Call(method: method, target: target, fields: [("Host", TestPolicy.host), ("Accept", "text/event-stream")])
    }

    func bearing(_ token: String) -> Call {
        with("Authorization", "Bearer \(token)")
    }

    /// One more field.
    func with(_ name: String, _ value: String) -> Call {
        var changed = self
        changed.fields.append((name, value))
        return changed
    }

    /// The same call with another value in a field, or without it.
    func changing(_ name: String, _ value: String?) -> Call {
        var changed = self
        changed.fields.removeAll { $0.name.lowercased() == name.lowercased() }
        return value.map { changed.with(name, $0) } ?? changed
    }

    func at(_ target: String) -> Call {
        var changed = self
        changed.target = target
        return changed
    }

    var bytes: [UInt8] {
        if let rawBytes { return rawBytes }
        let head = ["\(method) \(target) HTTP/1.1"] + fields.map { "\($0.name): \($0.value)" }
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + Array(body.utf8)
    }
}
