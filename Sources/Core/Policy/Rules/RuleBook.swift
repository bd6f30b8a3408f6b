package import StrictCoding

/// All rules of one server, arranged for asking. Total: every question has a verdict, and what no rule allows is
/// denied.
package struct RuleBook: Sendable {
    /// Rules by the tool's name.
    package let tools: [ByteString: Rule]
    /// The rule `"*"`, for tools without one of their own.
    package let anyTool: Rule?
    package let prompts: [ByteString: Rule]
    package let resources: PrefixRules
    /// Methods that the author allows beyond the table, with the names of the rules.
    package let methods: [ByteString: RuleName]
    private let names: Names
    /// The folded names of the tools that have rules.
    private let ruled: Set<ByteString>

    init(
        server: ByteString, tools: [ByteString: Rule], anyTool: Rule?, prompts: [ByteString: Rule],
        resources: PrefixRules, methods: [ByteString]
    ) {
        self.tools = tools
        ruled = Set(tools.keys.map(ToolFold.folded))
        self.anyTool = anyTool
        self.prompts = prompts
        self.resources = resources
        var named: [ByteString: RuleName] = [:]
        for method in methods { named[method] = .server(server, "methods", method) }
        self.methods = named
        names = Names(server: server)
    }

    func verdict(for question: Question) -> Verdict {
        if case .response = question.kind { return .allow(rules: Names.responses) }
        switch MethodTable.decision(on: question.method) {
        case .always: return .allow(rules: Names.always)
        case .list: return .allow(rules: Names.lists)
        case .tool:
            return tool(question.name)?.verdict(for: question) ?? .deny(.unknownTool, rules: names.tools)
        case .prompt:
            let rule = question.name.flatMap { prompts[$0] }
            return rule?.verdict(for: question) ?? .deny(.unknownTool, rules: names.prompts)
        case .resource:
            let rule = question.name.flatMap { resources.rule(for: $0) }
            return rule?.verdict(for: question) ?? .deny(.unknownTool, rules: names.resources)
        case .other:
            guard let name = methods[question.method] else { return .deny(.methodNotAllowed, rules: names.methods) }
            return .allow(rules: [name])
        }
    }

    /// The rule for a tool. `"*"` does not cover what another reader could take for a tool that has a rule of its own.
    private func tool(_ name: ByteString?) -> Rule? {
        guard let name else { return nil }
        if let rule = tools[name] { return rule }
        guard let anyTool, !ruled.contains(ToolFold.folded(name)) else { return nil }
        return anyTool
    }

    /// Where an author would look when no rule was found, put together once.
    private struct Names: Sendable {
        static let always = [RuleName.alwaysAllowed]
        static let lists = [RuleName.lists]
        static let responses = [RuleName.responses]

        let tools: [RuleName]
        let prompts: [RuleName]
        let resources: [RuleName]
        let methods: [RuleName]

        init(server: ByteString) {
            tools = [.server(server, "tools")]
            prompts = [.server(server, "prompts")]
            resources = [.server(server, "resources")]
            methods = [.server(server, "methods")]
        }
    }
}
