import StrictCoding

/// How each method of MCP is decided before any rule of the author is asked.
enum MethodTable {
    enum Decision {
        /// Open to every authenticated caller: a session could not begin, live or end without it.
        case always
        /// Open as well: what a list shows cannot be used without a rule.
        case list
        case tool
        case prompt
        case resource
        /// Denied, unless the server's `methods` names it.
        case other
    }

    static func decision(on method: ByteString) -> Decision {
        if let decision = table[method] { return decision }
        return method.bytes.starts(with: "notifications/".utf8) ? .always : .other
    }

    /// Methods that have a decision of their own, for messages to authors.
    static var names: some Sequence<ByteString> { table.keys }

    private static let table: [ByteString: Decision] = [
        "initialize": .always,
        "ping": .always,
        "server/discover": .always,
        "logging/setLevel": .always,
        "tools/list": .list,
        "prompts/list": .list,
        "resources/list": .list,
        "resources/templates/list": .list,
        "tools/call": .tool,
        "prompts/get": .prompt,
        "resources/read": .resource,
        "resources/subscribe": .resource,
        "resources/unsubscribe": .resource,
    ]
}
