internal import StrictCoding

/// One JSON-RPC message from an MCP client, and the texts of the answers to it.
struct LegacyMessage: Sendable {
    enum Kind: Sendable {
        /// The id as it was written, to be echoed as it was written.
        case request(id: [UInt8], method: ByteString)
        case notification
        case response
    }

    enum ErrorCode: Int, Sendable {
        case parseError = -32700
        case invalidRequest = -32600
        case methodNotFound = -32601
        case invalidParams = -32602
    }

    let kind: Kind
    let params: JSONValue?

    /// Nil for what is JSON but no single message; batches left MCP with revision 2025-06-18.
    init?(_ root: JSONValue) {
        guard root["jsonrpc"]?.isText("2.0") == true else { return nil }
        params = root["params"]
        switch (root["method"]?.text, root["id"]) {
        case (.some(let method), .some(let id)) where id.kind == .string || id.integer != nil:
            kind = .request(id: Array(id.source), method: method)
        case (.some, nil):
            kind = .notification
        case (nil, .some) where root["result"] != nil || root["error"] != nil:
            kind = .response
        default:
            return nil
        }
    }

    /// The token for progress notifications as it was written; nil when the client wants none.
    var progressToken: [UInt8]? {
        guard let token = params?["_meta"]?["progressToken"], token.kind == .string || token.integer != nil else {
            return nil
        }
        return Array(token.source)
    }

    static func result(_ result: [UInt8], id: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reserving: result.count + 64)
        writer.object {
            $0.member("jsonrpc", "2.0")
            $0.name("id")
            $0.raw(id)
            $0.name("result")
            $0.raw(result)
        }
        return writer.bytes
    }

    static func error(_ code: ErrorCode, _ message: String, id: [UInt8]?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("jsonrpc", "2.0")
            $0.name("id")
            $0.raw(id ?? Array("null".utf8))
            $0.name("error")
            $0.object {
                $0.member("code", code.rawValue)
                $0.member("message", message)
            }
        }
        return writer.bytes
    }

    static func progress(_ step: Int, of total: Int, token: [UInt8]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("jsonrpc", "2.0")
            $0.member("method", "notifications/progress")
            $0.name("params")
            $0.object {
                $0.name("progressToken")
                $0.raw(token)
                $0.member("progress", step)
                $0.member("total", total)
                $0.member("message", "step \(step) of \(total)")
            }
        }
        return writer.bytes
    }
}
