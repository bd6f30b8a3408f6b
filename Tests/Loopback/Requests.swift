/// What clients of an MCP server say.
extension Client {
    /// Calls a tool, as a client of the handshake era does.
    func call(_ tool: String = "get_order", token: String?, id: Int = 1, arguments: String = "{}") async throws
        -> Answer
    {
        let body = """
            {"jsonrpc":"2.0","id":\(id),"method":"tools/call","params":{"name":"\(tool)","arguments":\(arguments)}}
            """
        return try await ask("POST", "/mcp/orders", fields: Self.fields(token), body: body)
    }

    static func fields(_ token: String?) -> [(String, String)] {
        let fields = [("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream")]
        return fields + (token.map { [("Authorization", "Bearer \($0)")] } ?? [])
    }

    /// The samples of `/metrics`: name and labels as they stand there, and the value.
    func metrics() async throws -> [String: Double] {
        var samples: [String: Double] = [:]
        for line in try await ask("GET", "/metrics").text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<space])] = Double(line[line.index(after: space)...])
        }
        return samples
    }
}
