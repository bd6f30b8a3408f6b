import StrictCoding
import TestSupport

/// Messages that two readers could read differently, or that no reader could: refused as JSON-RPC says it.
enum MessageStories {
    static let all = shapes + agreement

    private static func message(_ reason: String, _ number: String, _ call: Call) -> Story {
        Story(.refused(400, reason, body: number, whom: .alice), of: reason) { stage in
            try call.bearing(stage.token())
        }
    }

    private static let shapes = [
        message("json", "-32700", .message(#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#)),
        message("batch", "-32600", .message(#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#)),
        message("not_a_message", "-32600", .message(#"{"id":1,"method":"ping"}"#)),
        message(
            "lookalike_member", "-32600", .message(#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#)),
        message("invalid_params", "-32602", .message(#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#)),
        message(
            "missing_metadata", "-32602",
            Call.message(
                #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#
            ).with("MCP-Protocol-Version", "2026-07-28")),
        message("reserved_metadata", "-32600", .modern(meta: [("dev.bulla/envelope", "x")])),
    ]

    private static let agreement = [
        message("era_mismatch", "-32020", .legacy().with("MCP-Protocol-Version", "2026-07-28")),
        message("missing_field", "-32020", .modern().changing("Mcp-Name", nil)),
        message("duplicate_field", "-32020", .modern().with("Mcp-Name", "list_orders")),
        message("malformed_field", "-32020", .modern().changing("Mcp-Name", "=?base64?%%%?=")),
        message("field_mismatch", "-32020", .modern("drop_orders").changing("Mcp-Name", "list_orders")),
        message("unknown_legacy_version", "-32600", .legacy().with("MCP-Protocol-Version", "1999-01-01")),
        message(
            "unsupported_version", "-32022",
            Call.message(
                #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2027-01-01"}}}"#
            ).with("MCP-Protocol-Version", "2027-01-01")),
        Story(.refused(400, "session_missing", whom: .alice), of: "session_missing") { stage in
            try Call.message(#"{"jsonrpc":"2.0","id":1,"result":{}}"#).bearing(stage.token())
        },
        Story(.refused(404, "session_unknown", whom: .alice), of: "session_unknown") { stage in
            try Call.legacy().with("Mcp-Session-Id", "guessed").bearing(stage.token())
        },
    ]
}
