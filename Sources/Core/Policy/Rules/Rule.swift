package import StrictCoding

/// One rule about a tool, a prompt or the resources under a prefix. Evaluating it never fails.
package struct Rule: Sendable {
    package enum Effect: Sendable {
        case deny(reason: ByteString?)
        case allow(Grant)
    }

    package let name: RuleName
    package let effect: Effect
    private let names: [RuleName]

    init(name: RuleName, effect: Effect) {
        self.name = name
        self.effect = effect
        names = [name]
    }

    func verdict(for question: Question) -> Verdict {
        switch effect {
        case .deny(let reason):
            return .deny(.deniedByRule(reason: reason), rules: names)
        case .allow(let grant):
            var rules = names
            for requirement in grant.requirements {
                guard let path = requirement.met(by: question.grantedScopes) else {
                    return .deny(.missingScopes(required: grant.scopes), rules: names)
                }
                if !path.isEmpty { rules += path.filter { !rules.contains($0) } }
            }
            for condition in grant.conditions where !condition.holds(for: question) {
                return .deny(.argumentNotActor(argument: condition.argument), rules: names)
            }
            return .allow(rules: rules)
        }
    }
}

extension Rule {
    /// What a rule that does not deny asks for: all scopes and all conditions.
    package struct Grant: Sendable {
        package let requirements: [ScopeRequirement]
        package let conditions: [ArgumentCondition]
        package let reason: ByteString?
        /// The scopes of `requirements`.
        package let scopes: [ByteString]

        init(requirements: [ScopeRequirement], conditions: [ArgumentCondition], reason: ByteString?) {
            self.requirements = requirements
            self.conditions = conditions
            self.reason = reason
            scopes = requirements.map(\.scope)
        }
    }
}

/// A scope that a caller must have, itself or through one that implies it.
package struct ScopeRequirement: Sendable {
    package let scope: ByteString
    private let steps: [ByteString: ScopeHierarchy.Step]

    init(_ scope: ByteString, in hierarchy: ScopeHierarchy) {
        self.scope = scope
        steps = hierarchy.steps(toward: scope)
    }

    /// The implications by which `granted` meets it (none when the scope itself is there), or nil when it does not.
    func met(by granted: [ByteString]) -> [RuleName]? {
        if granted.contains(scope) { return [] }
        guard !steps.isEmpty, var step = granted.lazy.compactMap({ steps[$0] }).first else { return nil }
        var path = [step.rule]
        while step.next != scope, let further = steps[step.next] {
            step = further
            path.append(step.rule)
        }
        return path
    }
}

/// An argument that must be there and must equal a part of the verified identity, byte for byte.
package struct ArgumentCondition: Sendable {
    package enum Source: String, Sendable {
        case actorSubject = "actor.sub"
        case actorTenant = "actor.tenant"
        case agentID = "agent.id"
    }

    package let argument: ByteString
    package let source: Source

    func holds(for question: Question) -> Bool {
        switch question.argument(argument) {
        case .absent, .other: false
        case .text(let text): text == identity(in: question)
        }
    }

    private func identity(in question: Question) -> ByteString {
        switch source {
        case .actorSubject: question.actorSubject
        case .actorTenant: question.actorTenant
        case .agentID: question.agentID
        }
    }
}
