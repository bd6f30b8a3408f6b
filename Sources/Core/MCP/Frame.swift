import StrictCoding

/// The outer members of a JSON-RPC 2.0 message: exactly one of request, notification and response.
struct Frame {
    let kind: Message.Kind
    /// Nil for a response.
    let method: ByteString?
    /// The object in `params`; nil when absent.
    let params: JSONValue?
    /// The value of `result`, for a response that has one.
    let result: JSONValue?

    /// The id to answer to, if this is a request.
    var requestID: ArraySlice<UInt8>? {
        switch kind {
        case .request(let id): id
        case .notification, .response: nil
        }
    }

    init(_ root: JSONValue) throws(MessageRefusal) {
        if root.kind == .array { throw MessageRefusal(.batch) }
        guard root.kind == .object else { throw MessageRefusal(.notAMessage("an object is expected")) }
        try Lookalikes.refuse(in: root, of: Frame.names)
        guard root["jsonrpc"]?.isText("2.0") == true else {
            throw MessageRefusal(.notAMessage("`jsonrpc` must be \"2.0\""))
        }
        let id = try root["id"].map(Frame.rawID)
        let hasAnswer = root["result"] != nil || root["error"] != nil
        if let method = root["method"] {
            guard !hasAnswer else {
                throw MessageRefusal(.notAMessage("`method` and `result` or `error` exclude each other"), id: id)
            }
            guard let name = method.text, name.count <= MessageLimits.methodBytes, !name.isEmpty else {
                throw MessageRefusal(.notAMessage("`method` must be a short string"), id: id)
            }
            // A server that carries out a call without an id would do it past everything that an answer ends.
            guard id != nil || name.bytes.starts(with: "notifications/".utf8) else {
                throw MessageRefusal(.notAMessage("a message without `id` must be a notification"))
            }
            kind = id.map { .request(id: $0) } ?? .notification
            self.method = name
            params = root["params"]
            result = nil
            if let params, params.kind != .object {
                throw MessageRefusal(.invalidParams("`params` must be an object"), id: id)
            }
        } else {
            guard let id else { throw MessageRefusal(.notAMessage("neither `method` nor `id` is there")) }
            guard (root["result"] == nil) != (root["error"] == nil), root["params"] == nil else {
                throw MessageRefusal(.notAMessage("a response has exactly one of `result` and `error`"))
            }
            kind = .response(id: id)
            method = nil
            params = nil
            result = root["result"]
        }
    }

    private static let names = Lookalikes(["jsonrpc", "id", "method", "params", "result", "error"])

    /// The raw text of an id: a string or an integer, never null (2026-07-28, "Requests").
    private static func rawID(_ value: JSONValue) throws(MessageRefusal) -> ArraySlice<UInt8> {
        guard value.kind == .string || value.integer != nil else {
            throw MessageRefusal(.notAMessage("`id` must be a string or an integer"))
        }
        guard value.source.count <= MessageLimits.idBytes else {
            throw MessageRefusal(.notAMessage("`id` is too long"))
        }
        return value.source
    }
}
