package import StrictCoding

/// JSON-RPC 2.0 answers that the gateway writes itself.
package enum JSONRPC {
    package static let parseError = -32700
    package static let invalidRequest = -32600
    package static let methodNotFound = -32601
    package static let invalidParams = -32602
    package static let internalError = -32603
    /// 2026-07-28: a mirrored header field and the body disagree.
    package static let headerMismatch = -32020
    /// 2026-07-28: `data.supported` names what is spoken here.
    package static let unsupportedProtocolVersion = -32022

    /// An error answer. `id` is the raw JSON id of the request; without one the member is left out, as MCP asks.
    package static func error(
        id: ArraySlice<UInt8>?, code: Int, message: String, data: ((inout JSONWriter) -> Void)? = nil
    ) -> [UInt8] {
        answer(to: id) { answer in
            answer.name("error")
            answer.object { error in
                error.member("code", code)
                error.member("message", message)
                if let data {
                    error.name("data")
                    error.object(data)
                }
            }
        }
    }

    /// An error answer whose `data` is a ready-made JSON text.
    package static func error(id: ArraySlice<UInt8>?, code: Int, message: String, rawData: [UInt8]) -> [UInt8] {
        answer(to: id) { answer in
            answer.name("error")
            answer.object { error in
                error.member("code", code)
                error.member("message", message)
                error.name("data")
                error.raw(rawData)
            }
        }
    }

    /// A tool result that says the call failed: what a model gets to read, without ending the client's connection.
    /// `_meta` is added when `metadata` is given. `resultType` is a member of the modern era only.
    package static func toolError(
        id: ArraySlice<UInt8>, text: String, era: Era = .legacy, metadata: ((inout JSONWriter) -> Void)? = nil
    ) -> [UInt8] {
        answer(to: id) { answer in
            answer.name("result")
            answer.object { result in
                if era == .modern { result.member("resultType", "complete") }
                result.name("content")
                result.array { content in
                    content.object { block in
                        block.member("type", "text")
                        block.member("text", text)
                    }
                }
                result.member("isError", true)
                if let metadata {
                    result.name("_meta")
                    result.object(metadata)
                }
            }
        }
    }

    /// A result answer; `result` is a ready-made JSON object.
    package static func result(id: ArraySlice<UInt8>, _ result: some Collection<UInt8>) -> [UInt8] {
        answer(to: id) { answer in
            answer.name("result")
            answer.raw(result)
        }
    }

    private static func answer(to id: ArraySlice<UInt8>?, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { answer in
            answer.member("jsonrpc", "2.0")
            if let id {
                answer.name("id")
                answer.raw(id)
            }
            body(&answer)
        }
        return writer.bytes
    }
}
