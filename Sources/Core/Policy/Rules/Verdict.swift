package import StrictCoding

/// The answer to a question, with the names of all rules that mattered.
package enum Verdict: Hashable, Sendable {
    case allow(rules: [RuleName])
    case deny(Denial, rules: [RuleName])

    package var rules: [RuleName] {
        switch self {
        case .allow(let rules), .deny(_, let rules): rules
        }
    }
}

/// Why a question was denied.
package enum Denial: Hashable, Sendable {
    /// Neither the table of methods nor `servers.S.methods` knows it.
    case methodNotAllowed
    /// No rule names this tool, prompt or resource, or the resource's URI is spelled so that two readers could see two
    /// resources.
    case unknownTool
    /// A rule says `deny`; the reason is the policy author's.
    case deniedByRule(reason: ByteString?)
    /// All scopes that the rule requires, in the order of the file.
    case missingScopes(required: [ByteString])
    /// This argument is absent or is not the verified actor.
    case argumentNotActor(argument: ByteString)

    /// The word for audit, metrics and answers.
    package var code: StaticString {
        switch self {
        case .methodNotAllowed: "method_not_allowed"
        case .unknownTool: "unknown_tool"
        case .deniedByRule: "denied_by_rule"
        case .missingScopes: "missing_scopes"
        case .argumentNotActor: "argument_not_actor"
        }
    }
}
