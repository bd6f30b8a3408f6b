import StrictCoding

/// Reads `tools`, `prompts`, `resources` and `methods` of one server into its rule book.
struct RuleBookReader {
    private let rules: RuleReader

    init(_ rules: RuleReader) {
        self.rules = rules
    }

    func read(_ section: Section, _ report: inout Report) -> RuleBook {
        var tools = named(.tool, section["tools"], &report)
        let anyTool = tools.removeValue(forKey: "*")
        let methods = section["methods"]?.distinct(&report) { Self.method($0, &$1) } ?? []
        let book = RuleBook(
            server: rules.server, tools: tools, anyTool: anyTool, prompts: named(.prompt, section["prompts"], &report),
            resources: resources(section["resources"], &report), methods: methods)
        warnWhenClosed(section, &report)
        return book
    }

    private func named(
        _ subject: RuleReader.Subject, _ field: Field?, _ report: inout Report
    ) -> [ByteString: Rule] {
        var found: [ByteString: Rule] = [:]
        for (name, field) in NamedFields(field, &report, grammar: .identifier).fields {
            if case .prompt = subject, name == "*" {
                report.error(field.origin, "`*` stands for all tools, not for prompts", help: "name each prompt")
                continue
            }
            found[name] = rules.read(subject, name, field, &report)
        }
        return found
    }

    private func resources(_ field: Field?, _ report: inout Report) -> PrefixRules {
        guard let field, let entries = field.entries(&report) else { return PrefixRules([]) }
        guard entries.count <= NamedFields.most else {
            report.error(field.origin, "\(field.quotedPath) has more than \(NamedFields.most) entries")
            return PrefixRules([])
        }
        var found: [(prefix: ByteString, rule: Rule)] = []
        for entry in entries {
            // Of every URI the empty text is a prefix; anything else must be the beginning of one.
            if !entry.key.isEmpty, let fault = ResourceURI.fault(in: entry.key) {
                report.error(
                    entry.keyPlace, "resource prefix \(Quotation.of(entry.key)) \(fault), so it can never match",
                    help: "write the beginning of a URI such as `file:///data/`, or `\"\"` for every resource")
            }
            if let rule = rules.read(.resource, entry.key, field.member(entry), &report) {
                found.append((entry.key, rule))
            }
        }
        return PrefixRules(found)
    }

    private static func method(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let method = field.text(&report) else { return nil }
        guard method.count <= 128, method.bytes.allSatisfy(\.isVisibleASCII) else {
            report.error(field.place, "\(Quotation.of(method)) is not the name of a method")
            return nil
        }
        switch MethodTable.decision(on: method) {
        case .other:
            return method
        case .always, .list:
            report.error(
                field.place, "method \(Quotation.of(method)) is allowed always", help: "remove it from the list")
        case .tool, .prompt, .resource:
            report.error(
                field.place, "method \(Quotation.of(method)) is decided by rules, so allowing it here has no effect",
                help: "write rules under `tools`, `prompts` or `resources`")
        }
        return nil
    }

    private func warnWhenClosed(_ section: Section, _ report: inout Report) {
        if let tools = section["tools"], case .mapping(let entries) = tools.node.content, entries.isEmpty {
            report.warning(
                tools.origin, "\(tools.quotedPath) is empty: every tool call is denied",
                help: "add a rule for each tool, or one for `\"*\"`")
        } else if section["tools"] == nil, section["resources"] == nil, section["prompts"] == nil {
            report.warning(
                section.field.origin, "server \(Quotation.of(rules.server)) has no rules: every call is denied",
                help: "add `tools`, `resources` or `prompts`")
        }
    }
}
