import StrictCoding

/// One value of the document, with the path of keys by which its author knows it. The reading methods report what is
/// wrong and return nil, so that a caller can go on to the next field.
struct Field: Sendable {
    /// As messages say it: `servers.orders-mcp.path`.
    let path: String
    /// Where the key stands; for an element of a list, where the element stands.
    let origin: Place
    let node: Node

    var place: Place { node.place }

    /// `path` in backticks.
    var quotedPath: String { Quotation.of(ByteString(path)) }

    func member(_ entry: Node.Entry) -> Field {
        let name = Quotation.escaped(entry.key.string, limit: 80)
        return Field(path: path.isEmpty ? name : "\(path).\(name)", origin: entry.keyPlace, node: entry.value)
    }

    /// Some text, quoted or not, that is not empty.
    func text(_ report: inout Report) -> ByteString? {
        switch node.content {
        case .scalar(let text, isPlain: true) where Self.isNothing(text):
            report.error(place, "\(quotedPath) has no value")
            return nil
        case .scalar(let text, isPlain: _):
            guard !text.isEmpty else {
                report.error(place, "\(quotedPath) is empty")
                return nil
            }
            return text
        case .list:
            report.error(place, "\(quotedPath) is a single value, not a list")
            return nil
        case .mapping:
            report.error(place, "\(quotedPath) is a single value, not a mapping")
            return nil
        case .refused:
            return nil
        }
    }

    /// Text for people or comparison: at most `limit` bytes, no control characters.
    func plainText(limit: Int, _ report: inout Report) -> ByteString? {
        guard let text = text(&report) else { return nil }
        guard text.count <= limit else {
            report.error(place, "\(quotedPath) is longer than \(limit) bytes")
            return nil
        }
        guard text.isPlainText(limit: limit) else {
            report.error(place, "\(quotedPath) has control characters")
            return nil
        }
        return text
    }

    /// `true` or `false`, unquoted.
    func bool(_ report: inout Report) -> Bool? {
        switch node.content {
        case .scalar("true", isPlain: true): return true
        case .scalar("false", isPlain: true): return false
        case .refused: return nil
        case .scalar, .list, .mapping:
            report.error(place, "\(quotedPath) is neither `true` nor `false`", help: "write one of them without quotes")
            return nil
        }
    }

    /// The elements, or nil when this is no list.
    func list(_ report: inout Report) -> [Field]? {
        switch node.content {
        case .list(let nodes):
            return nodes.enumerated().map { Field(path: "\(path)[\($0)]", origin: $1.place, node: $1) }
        case .scalar, .mapping:
            report.error(place, "\(quotedPath) is not a list", help: "write `[one, two]`")
            return nil
        case .refused:
            return nil
        }
    }

    /// The entries, or nil when this is no mapping.
    func entries(_ report: inout Report) -> [Node.Entry]? {
        switch node.content {
        case .mapping(let entries):
            return entries
        case .scalar(let text, isPlain: true) where Self.isNothing(text):
            if path.isEmpty {
                report.error(.start, "the policy is empty", help: "begin with `version: 1`")
            } else {
                report.error(origin, "\(quotedPath) has no value", help: "write `{}` for an empty mapping")
            }
            return nil
        case .scalar, .list:
            let subject = path.isEmpty ? "a policy" : quotedPath
            report.error(place, "\(subject) is a mapping of keys to values")
            return nil
        case .refused:
            return nil
        }
    }

    /// What YAML calls null. Taken as text it would make a tenant called `null`; taken as absence it would hide a
    /// forgotten value.
    private static func isNothing(_ text: ByteString) -> Bool {
        text.isEmpty || text == "~" || text.bytes.equalsIgnoringASCIICase("null")
    }
}
