package import StrictCoding

/// `scopes`: which scopes imply which. Acyclic once loaded.
package struct ScopeHierarchy: Sendable {
    /// Implications in all. With it, what is worked out below stays under a megabyte.
    static let mostImplications = 1_024

    /// One step down: a scope that counts as `next`, and the rule that says so.
    struct Step: Sendable {
        let next: ByteString
        let rule: RuleName
    }

    /// Scope to what it implies directly, as written.
    package let implications: [ByteString: [ByteString]]
    /// For each implied scope, the first step toward it from every scope that implies it, directly or not.
    private let steps: [ByteString: [ByteString: Step]]

    package init(_ implications: [ByteString: [ByteString]] = [:]) {
        self.implications = implications
        var impliers: [ByteString: [ByteString]] = [:]
        for (scope, targets) in implications {
            for target in targets { impliers[target, default: []].append(scope) }
        }
        let ordered = impliers.mapValues { $0.sorted() }
        let rules = implications.reduce(into: [:]) { $0[$1.key] = RuleName.implication(of: $1.key) }
        steps = ordered.reduce(into: [:]) { $0[$1.key] = Self.steps(toward: $1.key, ordered, rules) }
    }

    /// `granted` and all that they imply, directly or through others.
    package func expanded(_ granted: some Sequence<ByteString>) -> Set<ByteString> {
        var known = Set(granted)
        var unvisited = Array(known)
        while let scope = unvisited.popLast() {
            for implied in implications[scope] ?? [] where known.insert(implied).inserted { unvisited.append(implied) }
        }
        return known
    }

    /// The first step toward `scope` from each scope that implies it.
    func steps(toward scope: ByteString) -> [ByteString: Step] {
        steps[scope] ?? [:]
    }

    /// Breadth first, so that the rules named are the fewest.
    private static func steps(
        toward scope: ByteString, _ impliers: [ByteString: [ByteString]], _ rules: [ByteString: RuleName]
    ) -> [ByteString: Step] {
        var found: [ByteString: Step] = [:]
        var queue = [scope]
        var next = 0
        while next < queue.count {
            let reached = queue[next]
            next += 1
            for implier in impliers[reached] ?? [] where implier != scope && found[implier] == nil {
                guard let rule = rules[implier] else { continue }
                found[implier] = Step(next: reached, rule: rule)
                queue.append(implier)
            }
        }
        return found
    }

    /// The circles in which scopes imply each other, each beginning and ending with the same scope; empty for a usable
    /// hierarchy.
    func circles() -> [[ByteString]] {
        enum Mark { case open, done }
        var circles: [[ByteString]] = []
        var marks: [ByteString: Mark] = [:]
        for start in implications.keys.sorted() where marks[start] == nil {
            var trail = [(scope: start, rest: (implications[start] ?? [])[...])]
            marks[start] = .open
            while let top = trail.last {
                guard let target = top.rest.first else {
                    marks[top.scope] = .done
                    trail.removeLast()
                    continue
                }
                trail[trail.count - 1].rest.removeFirst()
                switch marks[target] {
                case .done: continue
                case .open: circles.append(trail.map(\.scope).drop { $0 != target } + [target])
                case nil:
                    marks[target] = .open
                    trail.append((target, (implications[target] ?? [])[...]))
                }
            }
        }
        return circles
    }
}
