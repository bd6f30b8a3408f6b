import StrictCoding

/// Reads the rules of one server.
struct RuleReader {
    enum Subject: String {
        case tool
        case prompt
        case resource

        /// The key under which such rules stand.
        var key: ByteString { ByteString("\(rawValue)s") }
    }

    let server: ByteString
    /// nil when the server's scopes could not be read.
    let scopes: [ByteString]?
    let hierarchy: ScopeHierarchy

    /// `field` is the rule's value, `name` its key.
    func read(_ subject: Subject, _ name: ByteString, _ field: Field, _ report: inout Report) -> Rule? {
        let ruleName = RuleName.server(server, subject.key, name)
        if case .scalar(let word, isPlain: _) = field.node.content {
            if word == "deny" { return Rule(name: ruleName, effect: .deny(reason: nil)) }
            if word.isEmpty {
                complainOfSilence(subject, name, field, &report)
            } else {
                report.error(
                    field.place, "\(Quotation.of(word)) is not a rule",
                    help: "write `deny` or a mapping such as `{require: [a_scope]}`")
            }
            return nil
        }
        guard let section = Section(field, PolicyKeys.rule, &report) else { return nil }
        let reason = section["reason"]?.plainText(limit: 200, &report)
        let denies = section["deny"]?.bool(&report) ?? false
        let requirements = section["require"].flatMap { self.requirements($0, of: subject, name, &report) }
        let conditions = section["arguments"].map { self.conditions($0, of: subject, &report) } ?? []
        if denies {
            for key in ["require", "arguments"] {
                guard let field = section[key] else { continue }
                report.error(
                    field.origin, "\(subject.rawValue) rule \(Quotation.of(name)) has both `deny` and `\(key)`",
                    help: "a rule that denies asks for nothing; remove one of the two")
            }
            return Rule(name: ruleName, effect: .deny(reason: reason))
        }
        if section["require"] == nil { complainOfSilence(subject, name, field, &report) }
        guard let requirements else { return nil }
        return Rule(
            name: ruleName,
            effect: .allow(Rule.Grant(requirements: requirements, conditions: conditions, reason: reason)))
    }

    /// Forgetting the scopes must not open a tool to everybody who has some token.
    private func complainOfSilence(_ subject: Subject, _ name: ByteString, _ field: Field, _ report: inout Report) {
        report.error(
            field.origin, "\(subject.rawValue) rule \(Quotation.of(name)) has neither `require` nor `deny`",
            help: "write `require: []` if every authenticated caller may use it")
    }

    private func requirements(
        _ field: Field, of subject: Subject, _ name: ByteString, _ report: inout Report
    ) -> [ScopeRequirement]? {
        let required = field.distinct(&report) { field, report -> ByteString? in
            guard let scope = field.scope(&report) else { return nil }
            if let scopes, !scopes.contains(scope) {
                report.error(
                    field.place,
                    "\(subject.rawValue) rule \(Quotation.of(name)) requires scope \(Quotation.of(scope)), which server \(Quotation.of(server)) does not declare",
                    help: Suggestion.help(for: scope, among: scopes) ?? "declare it under `servers.\(server).scopes`")
            }
            return scope
        }
        return required?.map { ScopeRequirement($0, in: hierarchy) }
    }

    private func conditions(_ field: Field, of subject: Subject, _ report: inout Report) -> [ArgumentCondition] {
        if case .resource = subject {
            report.error(
                field.origin, "a resource is read without arguments, so \(field.quotedPath) can never hold",
                help: "remove it, or write `deny`")
            return []
        }
        var conditions: [ArgumentCondition] = []
        for (argument, field) in NamedFields(field, &report, grammar: .identifier).fields {
            guard let section = Section(field, PolicyKeys.argument, &report) else { continue }
            section["mode"]?.choice(PolicyWords.argumentMode, &report)
            guard let source = section["from"]?.choice(PolicyWords.argumentSource, &report) else { continue }
            conditions.append(ArgumentCondition(argument: argument, source: source))
        }
        return conditions
    }
}
